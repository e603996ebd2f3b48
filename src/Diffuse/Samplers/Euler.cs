using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Euler's method on the probability-flow ODE in the process's own time (Song et al. 2021, equation 13): x_s = x_t + (s - t) dx/dt. Of first
/// order. On the straight path of flow matching and on EDM's clock it is deterministic DDIM.
/// </summary>
internal sealed class Euler(NoiseSchedule q) : StepSampler
{
    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z) => x + (s - t) * q.Velocity(x, D(x, t).X0, t);
}

/// <summary>Euler's method; the plain sampler of flow matching.</summary>
[Kind("euler")]
public sealed record EulerOptions : SamplerOptions
{
    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Euler(Moving(process, "euler"));
}
