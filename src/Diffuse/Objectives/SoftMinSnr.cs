using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// SNR gamma / (SNR + gamma) on x0, a min-snr without its corner (Crowson et al. 2024): gamma / (SNR + gamma) on eps,
/// SNR gamma / ((SNR + gamma) (SNR + 1)) on v.
/// </summary>
internal sealed class SoftMinSnr(NoiseSchedule q, double gamma) : IWeight
{
    /// <inheritdoc/>
    public double OnX0(double t) => gamma / (1 + gamma / q.Snr(t));
}

/// <summary>The signal-to-noise ratio, levelling off at gamma.</summary>
[Kind("soft-min-snr")]
public sealed record SoftMinSnrOptions : WeightOptions
{
    /// <summary>4 in the paper.</summary>
    [Range(1e-3, 1e6)]
    public double Gamma { get; init; } = 4;

    /// <inheritdoc/>
    public override IWeight Build(ForwardProcess process) => new SoftMinSnr(Noisy(process, "soft-min-snr"), Gamma);
}
