using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// DPM2 of k-diffusion, which is DPM-Solver-2 (Lu et al. 2022a, algorithm 1): the step from t to s is made with the noise at the time between
/// where log r, r = sigma / alpha, has its mean,
///   u = transfer(x_t, eps(x_t, t), t, m),   x_s = transfer(x_t, eps(u, m), t, s).
/// Two evaluations a step; the step onto clean data, which has no such time between, takes one.
/// </summary>
internal sealed class Kdpm2(NoiseSchedule q) : StepSampler
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => TwoAStep(grid);

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var eps = q.Eps(D, x, t);
        if (q.Sigma(s) > 0)
        {
            var m = q.TimeOf((q.LogSnr(t) + q.LogSnr(s)) / 2);
            eps = q.Eps(D, q.Transfer(x, eps, t, m), m);
        }

        return q.Transfer(x, eps, t, s);
    }
}

/// <summary>DPM2; 10 to 25 steps, of two evaluations each.</summary>
[Kind("kdpm2")]
public sealed record Kdpm2Options : SamplerOptions
{
    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Kdpm2(NoiseRatio.WithSignal(Noisy(process, "kdpm2"), "sampler kdpm2"));
}
