using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Betas on a line (Ho et al. 2020): 1e-4 to 0.02 over 1000 steps.</summary>
[Kind("linear")]
public sealed record LinearOptions : BetaScheduleOptions
{
    /// <summary>beta_1; by default 1e-4 x 1000 / T, so that the signal left at T does not depend on T.</summary>
    [Range(1e-12, 1)]
    public double? BetaStart { get; init; }

    /// <summary>beta_T; by default 0.02 x 1000 / T.</summary>
    [Range(1e-12, 1)]
    public double? BetaEnd { get; init; }

    /// <inheritdoc/>
    protected override double[] Betas()
    {
        var end = BetaEnd ?? 0.02 * 1000 / Steps;
        return end <= 1
            ? Line(BetaStart ?? 1e-4 * 1000 / Steps, end, Steps)
            : throw new ConfigException($"linear betas scaled to {Steps} steps end at {end:g4}, above 1: take 20 steps or more, or give beta_end");
    }
}
