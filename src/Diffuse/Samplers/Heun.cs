using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Heun's method on the probability-flow ODE in the process's own time: a step of Euler's, then the mean of the velocities at both of its
/// ends. Of second order, two evaluations a step; the step onto clean data, which tells a denoiser nothing, stays Euler's.
/// </summary>
internal sealed class Heun(NoiseSchedule q) : StepSampler
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => TwoAStep(grid);

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var v = q.Velocity(x, D(x, t).X0, t);
        var euler = x + (s - t) * v;
        return s == 0 ? euler : euler + (s - t) / 2 * (q.Velocity(euler, D(euler, s).X0, s) - v);
    }
}

/// <summary>Heun's method.</summary>
[Kind("heun")]
public sealed record HeunOptions : SamplerOptions
{
    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Heun(Moving(process, "heun"));
}
