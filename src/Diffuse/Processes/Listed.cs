using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Betas given one by one (diffusers' <c>trained_betas</c>); <see cref="BetaScheduleOptions.Steps"/> is their number.</summary>
[Kind("listed")]
public sealed record ListedOptions : BetaScheduleOptions
{
    /// <summary>beta_1..beta_T; by default those of Ho et al. 2020.</summary>
    [MinLength(1)]
    public IReadOnlyList<double> Values { get; init; } = Line(1e-4, 0.02, 1000);

    /// <inheritdoc/>
    protected override double[] Betas() => Values.Count == Steps
        ? [.. Values]
        : throw new ConfigException($"process listed has {Values.Count} values for {Steps} steps");
}
