using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is the mean of q(x_{t-1} | x_t, x0), mu = a x0 + b x_t (Ho et al. 2020, equation 8; the baseline of their table 2):
/// x0 = (F - b x_t) / a. Only at the steps 1..T themselves.
/// </summary>
internal sealed class PosteriorMean(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t)
    {
        var p = q.Posterior(t - 1, t);
        return new(-p.OfXt / p.OfX0, 1 / p.OfX0, 1, q.Label(t));
    }

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) =>
        t.Coefficients(time => q.Posterior(time - 1, time).OfX0, x0) * x0
        + t.Coefficients(time => q.Posterior(time - 1, time).OfXt, x0) * q.Corrupt(x0, t, eps);
}

/// <summary>The network predicts the mean of the next, less noisy, image.</summary>
[Kind("mean")]
public sealed record PosteriorMeanOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process) => process.Steps is not null
        ? new PosteriorMean(Noisy(process, "mean"))
        : throw new ConfigException("parameterization mean needs a process of counted steps");
}
