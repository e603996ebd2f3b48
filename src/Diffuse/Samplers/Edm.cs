using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Heun's method on y = x/alpha against r = sigma/alpha, where dy/dr is the noise eps that x holds (Karras et al. 2022, algorithm 1; on EDM's
/// own process y = x and r = sigma = t):
///   y' = y + (r_s - r_t) eps,   y_s = y + (r_s - r_t) (eps + eps') / 2.
/// Any Gaussian process, so any model trained as DDPM, VP, VE or EDM. From pure noise, where r is infinite, and onto clean data the step is
/// Euler's, which there and everywhere is deterministic DDIM's.
/// </summary>
internal sealed class Edm(NoiseSchedule q) : StepSampler
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => TwoAStep(grid);

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var x0 = D(x, t).X0;
        var euler = q.Move(x, x0, t, s);
        if (s == 0 || q.Alpha(t) == 0)
        {
            return euler;
        }

        var bend = q.Eps(euler, D(euler, s).X0, s) - q.Eps(x, x0, t);
        return euler + q.Alpha(s) * (q.Ratio(s) - q.Ratio(t)) / 2 * bend;
    }
}

/// <summary>EDM's sampler; 18 steps (35 evaluations) on grid karras.</summary>
[Kind("edm")]
public sealed record EdmOptions : SamplerOptions
{
    /// <summary>Noise added on the way, over all steps; 0: none. 40 in the paper for ImageNet.</summary>
    [Range(0.0, 1e6)]
    public double SChurn { get; init; }

    /// <summary>No noise is added below this noise level.</summary>
    [Range(0.0, 1e8)]
    public double SMin { get; init; }

    /// <summary>No noise is added above this noise level; by default at all levels.</summary>
    [Range(0.0, 1e8)]
    public double? SMax { get; init; }

    /// <summary>The standard deviation of the added noise; 1.003 in the paper makes up for detail that is lost.</summary>
    [Range(0.0, 10.0)]
    public double SNoise { get; init; } = 1;

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "edm");
        return SChurn > 0 ? new Churn(q, new Edm(q), SChurn, SMin, SMax ?? double.PositiveInfinity, SNoise) : new Edm(q);
    }
}
