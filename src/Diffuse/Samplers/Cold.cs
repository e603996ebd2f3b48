using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Restores and degrades again (Bansal et al. 2022), with A_t(x0) what the process makes of x0 and of the randomness that x_t shows:
///   algorithm 1: x_s = A_s(x0);   algorithm 2, improved: x_s = x_t - A_t(x0) + A_s(x0).
/// Improved, the errors of x0 cancel where A is nearly linear in t. On noise, where A_t(x0) is x_t itself, both are DDIM without noise.
/// </summary>
/// <param name="eps">The randomness of all A_t, in place of that which x_t shows; null for most.</param>
internal sealed class Cold(ForwardProcess q, bool improved = true, Tensor? eps = null) : StepSampler
{
    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var x0 = D(x, t).X0;
        return improved ? x - A(t) + A(s) : A(s);

        Tensor A(double time) => eps is null ? q.Move(x, x0, t, time) : q.Corrupt(x0, Times.All(time, x.shape[0]), eps);
    }
}

/// <summary>The paper's "hot diffusion with fixed noise": x_T is taken for the noise of every step.</summary>
internal sealed class ColdWithFixedNoise(ForwardProcess q, bool improved) : ISampler
{
    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z) => new Cold(q, improved, x).Sample(D, x, grid, z);
}

/// <summary>Cold diffusion's sampler, for degradations; all their steps, or fewer.</summary>
[Kind("cold")]
public sealed record ColdOptions : SamplerOptions
{
    /// <summary>The paper's algorithm 2 rather than 1.</summary>
    public bool Improved { get; init; } = true;

    /// <summary>Takes x_T for the noise of every step; for processes that start from N(0, I), and without effect on degradations.</summary>
    public bool FixedNoise { get; init; }

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        if (FixedNoise && process is NoiseSchedule { PriorSigma: not 1 })
        {
            throw new ConfigException("sampler cold takes x_T for the noise (fixed_noise) where sampling starts from N(0, I): this process starts from other noise");
        }

        return FixedNoise ? new ColdWithFixedNoise(process, Improved) : new Cold(process, Improved);
    }
}
