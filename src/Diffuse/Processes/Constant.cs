using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>The same beta at every step ("const" of Ho et al. 2020).</summary>
[Kind("constant")]
public sealed record ConstantOptions : BetaScheduleOptions
{
    [Range(1e-12, 1)]
    public double Beta { get; init; } = 0.02;

    /// <inheritdoc/>
    protected override double[] Betas() => Line(Beta, Beta, Steps);
}
