using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// |mu1 - mu2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)) between the Gaussians of two sets of features (Heusel et al. 2017, equation 6), with unbiased
/// covariances. It falls with the number of images: only distances over equal numbers can be compared.
/// </summary>
public static class FrechetDistance
{
    /// <summary>Mean [D] and unbiased covariance [D, D] of features [N, D], float64.</summary>
    public static (Tensor Mean, Tensor Covariance) Moments(Tensor features)
    {
        var x = features.to(ScalarType.Float64);
        var mean = x.mean([0]);
        var off = x - mean;
        return (mean, off.t().mm(off) / (x.shape[0] - 1));
    }

    /// <param name="first">[N, D].</param>
    /// <param name="second">[M, D].</param>
    public static double Between(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        var (mean1, covariance1) = Moments(first);
        var (mean2, covariance2) = Moments(second);
        return Between(mean1, covariance1, mean2, covariance2);
    }

    /// <summary>Tr (S1 S2)^(1/2) is the sum of the square roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is symmetric.</summary>
    public static double Between(Tensor mean1, Tensor covariance1, Tensor mean2, Tensor covariance2)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(covariance1);
        var root = (vectors * values.clamp(min: 0).sqrt()).mm(vectors.t());
        var product = linalg.eigvalsh(root.mm(covariance2).mm(root)).clamp(min: 0).sqrt().sum();
        return ((mean1 - mean2).square().sum() + covariance1.trace() + covariance2.trace() - 2 * product).item<double>();
    }

    /// <summary>The distance with a 95% interval by the reflected bootstrap over the images of both sets.</summary>
    /// <param name="resamplings">At least 40; by default 200, and 40 in more than 512 dimensions.</param>
    public static (double Distance, double Low, double High) WithInterval(Tensor first, Tensor second, long seed, int? resamplings = null)
    {
        using var scope = NewDisposeScope();
        var random = Seeds.Random(seed);
        return Bootstrap.Reflected(
            Between(first, second), resamplings ?? Resamplings(first), () => Between(Resampled(first, random), Resampled(second, random)));
    }

    /// <summary>The distance to a Gaussian that is known, with a 95% interval by the reflected bootstrap over the images.</summary>
    /// <inheritdoc cref="WithInterval(Tensor, Tensor, long, int?)"/>
    public static (double Distance, double Low, double High) WithInterval(Tensor features, Tensor mean, Tensor covariance, long seed, int? resamplings = null)
    {
        using var scope = NewDisposeScope();
        var random = Seeds.Random(seed);
        return Bootstrap.Reflected(To(features), resamplings ?? Resamplings(features), () => To(Resampled(features, random)));

        double To(Tensor x)
        {
            var (own, spread) = Moments(x);
            return Between(mean, covariance, own, spread);
        }
    }

    private static int Resamplings(Tensor features) => features.shape[1] > 512 ? 40 : 200;

    private static Tensor Resampled(Tensor features, Random random) => features.index_select(0, Bootstrap.Indices(random, features.shape[0]));
}
