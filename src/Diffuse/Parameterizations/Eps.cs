using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is the noise (Ho et al. 2020, equation 11): x0 = (x_t - sigma F) / alpha. Has no meaning where alpha is 0, and loses x0 where it is small.
/// </summary>
internal sealed class Eps(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t) => new(1 / q.Alpha(t), -q.Sigma(t) / q.Alpha(t), 1, q.Label(t));

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) => eps;
}

/// <summary>The network predicts the noise.</summary>
[Kind("eps")]
public sealed record EpsOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process)
    {
        var q = Noisy(process, "eps");
        return q.Alpha(q.Horizon) > 0
            ? new Eps(q)
            : throw new ConfigException("parameterization eps cannot start from pure noise (this process leaves no signal at its end): take v or x0");
    }
}
