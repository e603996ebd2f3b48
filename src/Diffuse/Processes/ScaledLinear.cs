using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// sqrt(beta) on a line. Stable Diffusion has 0.00085 to 0.012 (Rombach et al. 2022, whose code calls it "linear"); with 1e-4 to 0.02 it is
/// the "quad" schedule of Ho et al. 2020.
/// </summary>
[Kind("scaled-linear")]
public sealed record ScaledLinearOptions : BetaScheduleOptions
{
    [Range(1e-12, 1)]
    public double BetaStart { get; init; } = 0.00085;

    [Range(1e-12, 1)]
    public double BetaEnd { get; init; } = 0.012;

    /// <inheritdoc/>
    protected override double[] Betas() => Line(Math.Sqrt(BetaStart), Math.Sqrt(BetaEnd), Steps).Select(root => root * root).ToArray();
}
