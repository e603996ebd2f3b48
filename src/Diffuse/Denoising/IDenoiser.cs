using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>The clean image that a denoiser sees in x_t, and what samplers and guides may want beside it.</summary>
/// <param name="X0">[N, C, H, W] the estimate, clamped where the model clamps.</param>
/// <param name="V">[N, C, H, W] Improved DDPM's variance output, -1 for beta-tilde and 1 for beta; null where not learned.</param>
/// <param name="Raw">X0 before clamping; null where it is X0.</param>
/// <param name="Gradient">grad log p(c | x_t) of a classifier-like guide, scaled; null without one.</param>
public readonly record struct Denoised(Tensor X0, Tensor? V = null, Tensor? Raw = null, Tensor? Gradient = null)
{
    /// <summary>The estimate that the network really made: a sampler that does not recompute the noise after clamping takes eps from this one.</summary>
    public Tensor Unclamped => Raw ?? X0;
}

/// <summary>D(x; t | c): the estimate of x0 from x_t. Guidance decorates it.</summary>
public interface IDenoiser
{
    Denoised Denoise(Tensor x, double t, Condition given);
}

/// <summary>D with its condition bound; all that a sampler sees.</summary>
public delegate Denoised Denoiser(Tensor x, double t);

public static class Binding
{
    /// <summary>D with its condition bound, as samplers take it.</summary>
    public static Denoiser Given(this IDenoiser denoiser, Condition given) => (x, t) => denoiser.Denoise(x, t, given);
}
