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

    /// <summary>
    /// The distance with a 95% interval by bootstrap over the images of both sets. The distance of a resampled set is biased upwards, so the
    /// quantiles are reflected at the estimate: from 2 d - q(97.5%) to 2 d - q(2.5%).
    /// </summary>
    /// <param name="resamplings">At least 40.</param>
    public static (double Distance, double Low, double High) WithInterval(Tensor first, Tensor second, long seed, int resamplings = 200)
    {
        using var scope = NewDisposeScope();
        var random = Seeds.Random(seed);
        var distance = Between(first, second);
        var resampled = Enumerable.Range(0, resamplings).Select(_ => Between(Resampled(first, random), Resampled(second, random))).Order().ToList();
        double Quantile(double share) => resampled[(int)Math.Round(share * (resamplings - 1))];
        return (distance, 2 * distance - Quantile(0.975), 2 * distance - Quantile(0.025));
    }

    private static Tensor Resampled(Tensor features, Random random)
    {
        var n = (int)features.shape[0];
        return features.index_select(0, tensor(Enumerable.Range(0, n).Select(_ => (long)random.Next(n)).ToArray()));
    }
}
