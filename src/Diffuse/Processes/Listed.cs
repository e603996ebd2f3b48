using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Betas given one by one (diffusers' <c>trained_betas</c>); <see cref="BetaScheduleOptions.Steps"/> is their number.</summary>
[Kind("listed")]
public sealed record ListedOptions : BetaScheduleOptions
{
    /// <summary>beta_1..beta_T.</summary>
    [MinLength(1)]
    public IReadOnlyList<double> Values { get; init; } = [];

    /// <inheritdoc/>
    protected override double[] Betas() => Values.Count == Steps
        ? [.. Values]
        : throw new ConfigException($"process listed has {Values.Count} values for {Steps} steps");
}
