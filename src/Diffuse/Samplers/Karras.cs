using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// n noise levels r_i = (r_max^(1/rho) + i/(n - 1) (r_min^(1/rho) - r_max^(1/rho)))^rho, i = 0..n - 1, of r = sigma / alpha (Karras et al. 2022,
/// equation 5), on the clock of any process that adds Gaussian noise.
/// </summary>
[Kind("karras")]
public sealed record KarrasOptions : TimeGridOptions
{
    /// <summary>Larger ones put more steps near the clean image.</summary>
    [Range(1.0, 100.0)]
    public double Rho { get; init; } = 7;

    /// <summary>r of the last time before 0.</summary>
    [Range(1e-8, 1e8)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>r of the first time; by default that of the process's end, and 80 where that is infinite.</summary>
    [Range(1e-8, 1e8)]
    public double? SigmaMax { get; init; }

    /// <summary>Whole steps of a process of counted steps only, as diffusers has them.</summary>
    public bool Round { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var q = process as NoiseSchedule ?? throw new ConfigException("grid karras needs a process that adds Gaussian noise");
        var end = q.Ratio(q.Horizon);
        var (high, low) = (Math.Pow(SigmaMax ?? (double.IsFinite(end) ? end : 80), 1 / Rho), Math.Pow(SigmaMin, 1 / Rho));
        var times = Enumerable.Range(0, steps)
            .Select(i => i == 0 && SigmaMax is null ? q.Horizon : q.TimeOf(-2 * Rho * Math.Log(high + i * (low - high) / Math.Max(steps - 1, 1))));
        return Round ? times.Select(t => Math.Round(t)) : times;
    }
}
