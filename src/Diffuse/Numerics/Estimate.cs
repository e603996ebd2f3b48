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
        var variance = draws.Sum(x => (x - mean) * (x - mean)) / (draws.Count - 1.0);
        return new(mean, Quantile(draws.Count - 1) * Math.Sqrt(variance / draws.Count), draws.Count);
    }

    /// <summary>The 97.5% quantile of Student's t by its expansion in 1/f around the normal one (Abramowitz and Stegun 26.7.5); exact values below f = 5.</summary>
    private static double Quantile(int f)
    {
        const double Z = 1.959963984540054;
        return f switch
        {
            < 1 => double.NaN,
            1 => 12.706204736,
            2 => 4.302652730,
            3 => 3.182446305,
            4 => 2.776445105,
            _ => Z
                + (Math.Pow(Z, 3) + Z) / (4.0 * f)
                + (5 * Math.Pow(Z, 5) + 16 * Math.Pow(Z, 3) + 3 * Z) / (96.0 * f * f)
                + (3 * Math.Pow(Z, 7) + 19 * Math.Pow(Z, 5) + 17 * Math.Pow(Z, 3) - 15 * Z) / (384.0 * f * f * f),
        };
    }
}
