using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// min(SNR, gamma) on x0 (Hang et al. 2023): min(1, gamma/SNR) on eps, min(SNR, gamma)/(SNR + 1) on v. Steps with little noise do not dominate.
/// </summary>
internal sealed class MinSnr(NoiseSchedule q, double gamma) : IWeight
{
    /// <inheritdoc/>
    public double OnX0(double t) => Math.Min(q.Snr(t), gamma);
}

/// <summary>The signal-to-noise ratio, cut at gamma.</summary>
[Kind("min-snr")]
public sealed record MinSnrOptions : WeightOptions
{
    /// <summary>5 in the paper.</summary>
    [Range(1e-3, 1e6)]
    public double Gamma { get; init; } = 5;

    /// <inheritdoc/>
    public override IWeight Build(ForwardProcess process) => new MinSnr(Noisy(process, "min-snr"), Gamma);
}
