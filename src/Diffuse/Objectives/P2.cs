using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// 1 / (k + SNR)^gamma on eps (Choi et al. 2022), SNR / (k + SNR)^gamma on x0: steps with little noise, whose details nobody sees, count
/// little.
/// </summary>
internal sealed class P2(NoiseSchedule q, double k, double gamma) : IWeight
{
    /// <inheritdoc/>
    public double OnX0(double t) => q.Snr(t) / Math.Pow(k + q.Snr(t), gamma);
}

/// <summary>Perception-prioritized.</summary>
[Kind("p2")]
public sealed record P2Options : WeightOptions
{
    /// <summary>1 in the paper.</summary>
    [Range(1e-6, 1e6)]
    public double K { get; init; } = 1;

    /// <summary>0.5 or 1 in the paper; 0 leaves the plain loss on eps.</summary>
    [Range(0.0, 10.0)]
    public double Gamma { get; init; } = 1;

    /// <inheritdoc/>
    public override IWeight Build(ForwardProcess process) => new P2(Noisy(process, "p2"), K, Gamma);
}
