using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>Diffusion in pixels.</summary>
internal sealed class Pixels : ILatentSpace
{
    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels) => pixels;

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => latents;
}
