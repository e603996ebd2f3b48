using Diffuse.Numerics;
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
        return Of(Squared(a, a), Squared(b, b), Squared(a, b), k);
    }

    /// <summary>
    /// With 95% intervals by subsampling: half of the images of both sets, drawn without replacement (a ball around an image that is drawn twice
    /// is empty), has the spread around its mean that all images have.
    /// </summary>
    /// <inheritdoc cref="Between"/>
    /// <param name="real">[N, D].</param>
    /// <param name="generated">[M, D].</param>
    /// <param name="k">Fewer than N / 2 and M / 2.</param>
    public static IReadOnlyList<(string Name, double Value, double Low, double High)> WithIntervals(
        Tensor real, Tensor generated, int k, long seed, int subsamples = 100)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (real.to(ScalarType.Float64), generated.to(ScalarType.Float64));
        var (within, among, between) = (Squared(a, a), Squared(b, b), Squared(a, b));
        var all = Of(within, among, between, k);
        var random = Seeds.Random(seed);
        var halves = Enumerable.Range(0, subsamples).Select(_ => Half()).ToList();
        return [With("precision", n => n.Precision), With("recall", n => n.Recall), With("density", n => n.Density), With("coverage", n => n.Coverage)];

        Neighbours Half()
        {
            using var own = NewDisposeScope();
            var (i, j) = (Some(a.shape[0]), Some(b.shape[0]));
            return Of(Part(within, i, i), Part(among, j, j), Part(between, i, j), k);
        }

        Tensor Some(long count)
        {
            var order = Enumerable.Range(0, (int)count).Select(i => (long)i).ToArray();
            random.Shuffle(order);
            return tensor(order[..(order.Length / 2)]);
        }

        (string Name, double Value, double Low, double High) With(string name, Func<Neighbours, double> figure)
        {
            var spread = Estimate.StandardDeviation([.. halves.Select(figure)]);
            return (name, figure(all), figure(all) - 1.96 * spread, figure(all) + 1.96 * spread);
        }
    }

    /// <summary>[N, M], squared distances.</summary>
    internal static Tensor Squared(Tensor a, Tensor b) =>
        (a.square().sum(1).unsqueeze(1) + b.square().sum(1).unsqueeze(0) - 2 * a.mm(b.t())).clamp(min: 0);

    private static Tensor Part(Tensor distances, Tensor rows, Tensor columns) => distances.index_select(0, rows).index_select(1, columns);

    /// <param name="within">[N, N], squared distances among real images.</param>
    /// <param name="among">[M, M], among generated ones.</param>
    /// <param name="between">[N, M].</param>
    private static Neighbours Of(Tensor within, Tensor among, Tensor between, int k)
    {
        var inReal = between.le(Reach(within, k).unsqueeze(1));
        var inGenerated = between.le(Reach(among, k).unsqueeze(0));
        return new(
            Share(inReal.any(0)),
            Share(inGenerated.any(1)),
            inReal.to(ScalarType.Float64).sum([0]).mean().item<double>() / k,
            Share(inReal.any(1)));
    }

    /// <summary>[N], the squared distance of each to its k-th nearest other.</summary>
    private static Tensor Reach(Tensor squared, int k) => squared.topk(k + 1, 1, largest: false).values.select(1, k);

    private static double Share(Tensor flags) => flags.to(ScalarType.Float64).mean().item<double>();
}
