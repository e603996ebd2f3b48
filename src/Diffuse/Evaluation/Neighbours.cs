using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// How two sets of features lie in each other, told by balls around every one that reach to its k-th nearest other of the same set. Precision: the
/// share of generated images inside a ball of a real one; recall: of real images inside a ball of a generated one (Kynkaanniemi et al. 2019,
/// section 3.1). Density: in how many balls of real images, of k, a generated one lies; coverage: the share of balls of real images that hold
/// a generated one (Naeem et al. 2020, section 4). All depend on the numbers of images: only sets of the same sizes can be compared.
/// </summary>
public readonly record struct Neighbours(double Precision, double Recall, double Density, double Coverage)
{
    /// <param name="real">[N, D].</param>
    /// <param name="generated">[M, D].</param>
    /// <param name="k">Fewer than N and M.</param>
    public static Neighbours Between(Tensor real, Tensor generated, int k)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (real.to(ScalarType.Float64), generated.to(ScalarType.Float64));
        var between = Squared(a, b);                                      // [N, M]
        var inReal = between.le(Reach(a, k).unsqueeze(1));
        var inGenerated = between.le(Reach(b, k).unsqueeze(0));
        return new(
            Share(inReal.any(0)),
            Share(inGenerated.any(1)),
            inReal.to(ScalarType.Float64).sum([0]).mean().item<double>() / k,
            Share(inReal.any(1)));
    }

    /// <summary>[N], the squared distance of each to its k-th nearest other.</summary>
    private static Tensor Reach(Tensor x, int k) => Squared(x, x).topk(k + 1, 1, largest: false).values.select(1, k);

    /// <summary>[N, M].</summary>
    private static Tensor Squared(Tensor a, Tensor b) =>
        (a.square().sum(1).unsqueeze(1) + b.square().sum(1).unsqueeze(0) - 2 * a.mm(b.t())).clamp(min: 0);

    private static double Share(Tensor flags) => flags.to(ScalarType.Float64).mean().item<double>();
}
