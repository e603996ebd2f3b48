using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>Diffusion in pixels.</summary>
internal sealed class Pixels : ILatentSpace
{
    /// <inheritdoc/>
    public bool IsPixels => true;

    /// <inheritdoc/>
    public string Key => "";

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images) => images;

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels) => pixels;

    /// <inheritdoc/>
    public Tensor Decode(Tensor latents) => latents;

    public void Dispose()
    {
    }
}

/// <summary>No latents: images as they are.</summary>
[Kind("pixels")]
public sealed record PixelsOptions : LatentOptions
{
    /// <inheritdoc/>
    public override ILatentSpace Build(ILatentSources sources) => new Pixels();
}
