using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Betas on a logistic curve between two values, its argument running from -6 to 6 (GeoDiff, Xu et al. 2022; diffusers' "sigmoid").</summary>
[Kind("sigmoid")]
public sealed record SigmoidOptions : BetaScheduleOptions
{
    [Range(1e-12, 1)]
    public double BetaStart { get; init; } = 1e-4;

    [Range(1e-12, 1)]
    public double BetaEnd { get; init; } = 0.02;

    /// <inheritdoc/>
    protected override double[] Betas() =>
        Line(-6, 6, Steps).Select(u => BetaStart + (BetaEnd - BetaStart) / (1 + Math.Exp(-u))).ToArray();
}
