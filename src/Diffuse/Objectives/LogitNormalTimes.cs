using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// logit(t / T) ~ N(mean, scale^2), T the process's end (Esser et al. 2024, section 3.1, for flow matching): the middle of the clock more often than its
/// ends. On process flow it is the log-normal law of sigma/alpha.
/// </summary>
[Kind("logit-normal")]
public sealed record LogitNormalTimesOptions : TimeLawOptions
{
    /// <summary>Above 0 more noise, below 0 less.</summary>
    [Range(-20.0, 20.0)]
    public double Mean { get; init; }

    /// <summary>The smaller, the closer to the middle.</summary>
    [Range(0.0, 20.0, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 1;

    /// <inheritdoc/>
    public override ITimeLaw Build(ForwardProcess process) =>
        new NormalTimes(process, z => process.Horizon / (1 + Math.Exp(-(Mean + Scale * z))));
}
