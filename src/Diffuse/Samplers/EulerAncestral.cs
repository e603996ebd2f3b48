using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// k-diffusion's and diffusers' "Euler ancestral": with r = sigma / alpha and y = x / alpha, y_s = x0 + r_down eps + r_up z,
/// r_up^2 = r_s^2 (1 - r_s^2 / r_t^2), r_down^2 = r_s^2 - r_up^2. alpha_s r_up is the root of beta-tilde, so it is DDIM with eta 1.
/// </summary>
[Kind("euler-ancestral")]
public sealed record EulerAncestralOptions : SamplerOptions
{
    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Ddim(Noisy(process, "euler-ancestral"), eta: 1);
}
