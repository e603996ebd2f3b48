using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>Clamps the estimate to the range of the data, [-1, 1]; keeps it unclamped as <see cref="Denoised.Raw"/>.</summary>
public sealed class Clamped(IDenoiser inner) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        var d = inner.Denoise(x, t, given);
        return d with { X0 = d.X0.clamp(-1, 1), Raw = d.Unclamped };
    }
}
