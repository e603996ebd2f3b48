using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>Confidence intervals from images drawn again with replacement.</summary>
internal static class Bootstrap
{
    /// <summary>
    /// A 95% interval of a figure that drawing again biases, such as a Frechet distance, which grows: the quantiles are reflected at the estimate, from
    /// 2 d - q(97.5%) to 2 d - q(2.5%).
    /// </summary>
    /// <param name="resamplings">At least 40.</param>
    public static (double Value, double Low, double High) Reflected(double value, int resamplings, Func<double> resampled)
    {
        var values = Enumerable.Range(0, resamplings).Select(_ => Once()).Order().ToList();
        double Quantile(double share) => values[(int)Math.Round(share * (resamplings - 1))];
        return (value, 2 * value - Quantile(0.975), 2 * value - Quantile(0.025));

        double Once()
        {
            using var scope = NewDisposeScope();
            return resampled();
        }
    }

    /// <summary>[N] int64 in 0..N-1.</summary>
    public static Tensor Indices(Random random, long count) => tensor(Enumerable.Range(0, (int)count).Select(_ => (long)random.Next((int)count)).ToArray());
}
