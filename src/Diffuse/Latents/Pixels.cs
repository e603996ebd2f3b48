using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>Diffusion in pixels.</summary>
internal sealed class Pixels : ILatentSpace
{
    /// <inheritdoc/>
    public bool IsPixels => true;

    /// <inheritdoc/>
    public bool DrawsImages => true;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images) => images;

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels) => pixels;

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => latents.clamp(-1, 1);
}

/// <summary>No latents: images as they are.</summary>
[Kind("pixels")]
public sealed record PixelsOptions : LatentOptions
{
    /// <inheritdoc/>
    public override ILatentSpace Build(IFrozenNetworks frozen) => new Pixels();
}
