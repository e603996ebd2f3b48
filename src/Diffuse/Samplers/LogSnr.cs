using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// n times evenly spaced in log(alpha^2 / sigma^2) (Lu et al. 2022a, section 3.3), then the end. With an end above 0, that end is one more of the
/// evenly spaced times.
/// </summary>
[Kind("log-snr")]
public sealed record LogSnrOptions : TimeGridOptions
{
    /// <summary>sigma / alpha of the last time before 0; at least the least of the process, which is that of step 1 where steps are counted.</summary>
    [Range(1e-8, 1e8)]
    public double SigmaMin { get; init; } = 0.002;

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var q = process as NoiseSchedule ?? throw new ConfigException("grid log-snr needs a process that adds Gaussian noise");
        var end = q.LogSnr(q.Horizon);
        var first = double.IsFinite(end) ? end : -2 * Math.Log(80); // as EDM's, where all signal is lost at the end
        var last = End > 0 ? q.LogSnr(End) : Math.Min(-2 * Math.Log(SigmaMin), q.LogSnr(process.Steps is null ? 1e-9 * q.Horizon : 1));
        var stride = (last - first) / Math.Max(End > 0 ? steps : steps - 1, 1);
        return Enumerable.Range(0, steps).Select(i => i == 0 ? q.Horizon : q.TimeOf(first + i * stride));
    }
}
