using MathNet.Numerics.Distributions;

namespace Diffuse.Numerics;

/// <summary>The mean of independent draws with its 95% confidence interval, Mean +- HalfWidth (Student's t).</summary>
/// <param name="HalfWidth">NaN for a single draw, which says nothing about its own spread.</param>
public readonly record struct Estimate(double Mean, double HalfWidth, int Count)
{
    public double Low => Mean - HalfWidth;

    public double High => Mean + HalfWidth;

    /// <exception cref="ArgumentException">No draws.</exception>
    public static Estimate Of(IReadOnlyCollection<double> draws)
    {
        if (draws.Count == 0)
        {
            throw new ArgumentException("a mean of nothing", nameof(draws));
        }

        var mean = draws.Average();
        if (draws.Count == 1)
        {
            return new(mean, double.NaN, 1);
        }

        return new(mean, StudentT.InvCDF(0, 1, draws.Count - 1, 0.975) * StandardDeviation(draws) / Math.Sqrt(draws.Count), draws.Count);
    }

    /// <summary>The root of the unbiased variance; at least two draws.</summary>
    public static double StandardDeviation(IReadOnlyCollection<double> draws)
    {
        var mean = draws.Average();
        return Math.Sqrt(draws.Sum(x => (x - mean) * (x - mean)) / (draws.Count - 1.0));
    }
}
