using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// DDIM (Song et al. 2020, equation 12, whose alpha is abar here): with eps the noise that x_t holds beside x0,
///   x_s = alpha_s x0 + sqrt(sigma_s^2 - c^2) eps + c z,   c = eta sqrt(beta-tilde).
/// eta = 0 is deterministic and also walks up a grid: it encodes an image into the noise that it is decoded from. eta = 1 is DDPM's law.
/// </summary>
/// <param name="recomputeNoise">eps from the clamped x0, so that x_s lies between it and noise; otherwise from what the network said.</param>
internal sealed class Ddim(NoiseSchedule q, double eta = 0, bool recomputeNoise = true) : StepSampler
{
    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var d = D(x, t);
        var eps = q.Eps(x, recomputeNoise ? d.X0 : d.Unclamped, t);
        var variance = s < t ? eta * eta * q.Posterior(s, t).Variance : 0;
        var mean = q.Alpha(s) * d.X0 + Math.Sqrt(Math.Max(q.Sigma(s) * q.Sigma(s) - variance, 0)) * eps;
        return variance > 0 ? mean + Math.Sqrt(variance) * z.Normal(x) : mean;
    }
}

/// <summary>DDIM's sampler; 25 to 50 steps.</summary>
[Kind("ddim")]
public sealed record DdimOptions : SamplerOptions
{
    /// <summary>0: no noise on the way; 1: as much as DDPM.</summary>
    [Range(0.0, 1.0)]
    public double Eta { get; init; }

    /// <summary>Whether the noise is computed again from the clamped image (OpenAI's code) or taken from the network as it is (diffusers').</summary>
    public bool RecomputeNoise { get; init; } = true;

    /// <inheritdoc/>
    public override bool Encodes => Eta == 0;

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Ddim(Noisy(process, "ddim"), Eta, RecomputeNoise);
}
