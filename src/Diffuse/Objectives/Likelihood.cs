using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// Likelihood weighting (Song, Durkan et al. 2021, equation 7): g^2 on the score's error, the bound on -log p of a model sampled by the reverse
/// SDE. On x0, with D - x0 = sigma^2/alpha times the score's error, that is g^2 alpha^2 / sigma^4.
/// </summary>
internal sealed class Likelihood(NoiseSchedule q) : IWeight
{
    /// <inheritdoc/>
    public double OnX0(double t) => q.DiffusionSquared(t) * q.Snr(t) / Math.Pow(q.Sigma(t), 2);
}

/// <summary>Weights the times as the likelihood does: for better bits per dimension, at some cost in looks.</summary>
[Kind("likelihood")]
public sealed record LikelihoodOptions : WeightOptions
{
    /// <inheritdoc/>
    public override IWeight Build(ForwardProcess process)
    {
        var q = process as NoiseSchedule ?? throw new ConfigException("weight likelihood needs a process that adds Gaussian noise");
        return double.IsFinite(q.DiffusionSquared(q.Horizon))
            ? new Likelihood(q)
            : throw new ConfigException("weight likelihood is infinite where a process leaves no signal at its end: take vp, sub-vp or ve");
    }
}
