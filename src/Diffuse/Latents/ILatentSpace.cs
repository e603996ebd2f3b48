using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>The space in which diffusion runs: pixels themselves, or what a network makes of them.</summary>
public interface ILatentSpace
{
    /// <summary>Whether latents are the pixels.</summary>
    bool IsPixels { get; }

    /// <summary>Whether <see cref="Decode"/> gives images.</summary>
    bool DrawsImages { get; }

    /// <summary>[C, H, W] of the latents of images of that shape.</summary>
    /// <exception cref="ConfigException">There are none of such images.</exception>
    IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images);

    /// <summary>Pixels [N, C, H, W] in [-1, 1] to latents.</summary>
    Tensor Encode(Tensor pixels);

    /// <summary>Latents to pixels in [-1, 1], where they are images.</summary>
    Tensor Decode(Tensor latents);
}

/// <summary>What a network makes of images, brought to a mean and a standard deviation that are measured on the images that are trained on.</summary>
public abstract class MeasuredLatents : ILatentSpace
{
    /// <inheritdoc/>
    public bool IsPixels => false;

    /// <inheritdoc/>
    public abstract bool DrawsImages { get; }

    /// <summary>Tells the network's weights from others, for what is kept of it.</summary>
    public abstract string Key { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images);

    /// <summary>What the network makes of pixels [N, C, H, W] in [-1, 1].</summary>
    public abstract Tensor Raw(Tensor pixels);

    /// <summary>Measures the mean and standard deviation that <see cref="Normalized"/> takes away.</summary>
    /// <param name="raw">Of all training images.</param>
    public abstract void Measure(Tensor raw);

    /// <summary>The latents that <see cref="Raw"/> ones become.</summary>
    public abstract Tensor Normalized(Tensor raw);

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels) => Normalized(Raw(pixels));

    /// <inheritdoc/>
    public abstract Tensor Decode(Tensor latents);
}

/// <summary>How a config names a latent space: <c>latents: { kind: autoencoder, model: runs/00003-autoencoder-emoji }</c>.</summary>
public abstract record LatentOptions
{
    /// <exception cref="ConfigException">What it names is not there.</exception>
    public abstract ILatentSpace Build(IFrozenNetworks frozen);
}
