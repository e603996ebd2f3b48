using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>What all schedules on DDPM's clock share. A kind lists its betas.</summary>
public abstract record BetaScheduleOptions : ProcessOptions
{
    /// <summary>T.</summary>
    [Range(1, 100_000)]
    public int Steps { get; init; } = 1000;

    /// <summary>Shifts and stretches sqrt(abar) so that no signal is left at T (Lin et al. 2024, algorithm 1). Wants v or x0, not eps.</summary>
    public bool ZeroTerminalSnr { get; init; }

    /// <inheritdoc/>
    public sealed override ForwardProcess Build() => new BetaSchedule(ZeroTerminalSnr ? Rescaled(Betas()) : Betas());

    /// <summary>beta_1..beta_T.</summary>
    /// <exception cref="ConfigException">The options give no schedule.</exception>
    protected abstract double[] Betas();

    /// <summary>beta for every step from the signal left after a share u of all steps, abar(u), clipped at 0.999 (Nichol 2021).</summary>
    protected double[] FromSignal(Func<double, double> abar, double clip = 0.999) => Enumerable.Range(0, Steps)
        .Select(i => Math.Min(1 - abar((i + 1.0) / Steps) / abar((double)i / Steps), clip))
        .ToArray();

    /// <summary>n numbers evenly spaced from the first to the last.</summary>
    protected static double[] Line(double first, double last, int n) => Enumerable.Range(0, n)
        .Select(i => i == n - 1 && n > 1 ? last : first + i * ((last - first) / Math.Max(n - 1, 1)))
        .ToArray();

    private static double[] Rescaled(double[] betas)
    {
        var root = new double[betas.Length + 1]; // sqrt(abar) at 0..T
        root[0] = 1;
        for (var t = 1; t < root.Length; t++)
        {
            root[t] = root[t - 1] * Math.Sqrt(1 - betas[t - 1]);
        }

        var (first, last) = (root[1], root[^1]);
        for (var t = 1; t < root.Length; t++)
        {
            root[t] = (root[t] - last) * first / (first - last);
        }

        return Enumerable.Range(1, betas.Length).Select(t => 1 - Math.Pow(root[t] / root[t - 1], 2)).ToArray();
    }
}
