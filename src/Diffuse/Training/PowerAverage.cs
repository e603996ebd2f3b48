namespace Diffuse.Training;

/// <summary>
/// Averages of the weights under power functions (Karras et al. 2024, "Analyzing and improving the training dynamics of diffusion models", section 3
/// and appendix C): after t images the weights of time tau count with p(tau) = (gamma + 1) tau^gamma / t^(gamma + 1). Their length is told by
/// sigma_rel, the standard deviation of p divided by t, so that it grows with the training; any of them is close to a combination of snapshots of two.
/// </summary>
public static class PowerAverage
{
    /// <summary>Above this gamma would be below 0: more than the last weights would count.</summary>
    public const double Longest = 0.28;

    /// <summary>gamma of a length: sigma_rel^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)), the largest root.</summary>
    /// <param name="length">sigma_rel, in (0, <see cref="Longest"/>].</param>
    public static double Exponent(double length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Longest);
        var c = 1 / (length * length);
        return MathNet.Numerics.FindRoots.Cubic(12 - c, 16 - c, 7, 1) is var (a, b, d) ? new[] { a, b, d }.Max(root => root.Real) : double.NaN;
    }

    /// <summary>The share of the average that a step keeps: (1 - B / t)^(gamma + 1).</summary>
    /// <param name="t">Images seen with the step.</param>
    public static double Decay(double gamma, long t, int batch) => Math.Pow(1 - (double)batch / t, gamma + 1);

    /// <summary>
    /// The shares, of sum 1, in which snapshots make up the average of another length at another time, by least squares between the functions
    /// (appendix C.2): sum_j (p_i, p_j) x_j = (p_i, p).
    /// </summary>
    /// <param name="snapshots">gamma and images seen of each.</param>
    public static IReadOnlyList<double> Shares(IReadOnlyList<(double Gamma, double T)> snapshots, (double Gamma, double T) wanted)
    {
        var products = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(snapshots.Count, snapshots.Count, (i, j) => Product(snapshots[i], snapshots[j]));
        var to = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(snapshots.Count, i => Product(snapshots[i], wanted));
        var shares = products.Solve(to);
        return [.. shares / shares.Sum()];
    }

    /// <summary>The integral of p_a p_b: (gamma_a + 1) (gamma_b + 1) m^(gamma_a + gamma_b + 1) / ((gamma_a + gamma_b + 1) t_a^(gamma_a + 1) t_b^(gamma_b + 1)), m the earlier of both times.</summary>
    private static double Product((double Gamma, double T) a, (double Gamma, double T) b)
    {
        var (early, late) = a.T <= b.T ? (a, b) : (b, a);
        return (a.Gamma + 1) * (b.Gamma + 1) / (a.Gamma + b.Gamma + 1) * Math.Pow(early.T / late.T, late.Gamma) / late.T;
    }
}
