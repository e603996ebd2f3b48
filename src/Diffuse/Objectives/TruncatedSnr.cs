using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// max(SNR, floor) on x0 (Salimans and Ho 2022, section 4): the loss on eps where there is more signal than noise, that on x0 elsewhere. Floor 0 is
/// the plain loss on eps for every parameterization.
/// </summary>
internal sealed class TruncatedSnr(NoiseSchedule q, double floor) : IWeight
{
    /// <inheritdoc/>
    public double OnX0(double t) => Math.Max(q.Snr(t), floor);
}

/// <summary>The signal-to-noise ratio, and no less than a floor.</summary>
[Kind("truncated-snr")]
public sealed record TruncatedSnrOptions : WeightOptions
{
    /// <summary>1 in the paper.</summary>
    [Range(0.0, 1e6)]
    public double Floor { get; init; } = 1;

    /// <inheritdoc/>
    public override IWeight Build(ForwardProcess process) => new TruncatedSnr(Noisy(process, "truncated-snr"), Floor);
}
