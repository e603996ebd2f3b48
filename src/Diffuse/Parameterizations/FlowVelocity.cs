using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is the velocity of the path through x0 and eps, dx_t/dt = alpha' x0 + sigma' eps (Lipman et al. 2022, Liu et al. 2022), on the straight path
/// eps - x0. With w = alpha sigma' - sigma alpha' (1 on the straight path): x0 = (sigma' x_t - sigma F) / w. The mean of F given x_t is the
/// right side of the probability-flow ODE.
/// </summary>
internal sealed class FlowVelocity(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t)
    {
        var w = q.Alpha(t) * q.SigmaRate(t) - q.Sigma(t) * q.AlphaRate(t);
        return new(q.SigmaRate(t) / w, -q.Sigma(t) / w, 1, q.Label(t));
    }

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) => t.Coefficients(q.AlphaRate, x0) * x0 + t.Coefficients(q.SigmaRate, x0) * eps;
}

/// <summary>The network predicts the velocity of flow matching.</summary>
[Kind("flow")]
public sealed record FlowVelocityOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process) => Noisy(process, "flow") is { Steps: null } q
        ? new FlowVelocity(q)
        : throw new ConfigException("parameterization flow needs a process in continuous time, a chain of steps has no velocity: take v, or process flow");
}
