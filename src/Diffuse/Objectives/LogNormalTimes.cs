using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// ln(sigma/alpha) ~ N(mean, std^2) (Karras et al. 2022, table 1: P_mean and P_std): most training goes to the noise levels in the middle, where the
/// network can learn something. Beyond the process's end it is the end.
/// </summary>
[Kind("log-normal")]
public sealed record LogNormalTimesOptions : TimeLawOptions
{
    /// <summary>P_mean.</summary>
    [Range(-20.0, 20.0)]
    public double Mean { get; init; } = -1.2;

    /// <summary>P_std.</summary>
    [Range(0.0, 20.0, MinimumIsExclusive = true)]
    public double Std { get; init; } = 1.2;

    /// <inheritdoc/>
    public override ITimeLaw Build(ForwardProcess process) => process is NoiseSchedule q
        ? new NormalTimes(q, z => q.TimeOf(-2 * (Mean + Std * z)))
        : throw new ConfigException("times log-normal needs a process that adds Gaussian noise; logit-normal works on every process");
}
