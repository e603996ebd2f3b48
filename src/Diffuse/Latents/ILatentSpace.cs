using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>The space in which diffusion runs. Pixels themselves, or what an invertible or learned map makes of them.</summary>
public interface ILatentSpace : IDisposable
{
    /// <summary>Whether latents are the pixels.</summary>
    bool IsPixels { get; }

    /// <summary>Tells latents of this space from those of others, for what is kept of them.</summary>
    string Key { get; }

    /// <summary>[C, H, W] of the latents of images of that shape.</summary>
    /// <exception cref="ConfigException">There are none of such images.</exception>
    IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images);

    /// <summary>Pixels [N, C, H, W] in [-1, 1] to latents.</summary>
    Tensor Encode(Tensor pixels);

    Tensor Decode(Tensor latents);
}

/// <summary>How a config names a latent space: <c>latents: { kind: autoencoder, model: runs/00003-autoencoder-emoji }</c>.</summary>
public abstract record LatentOptions
{
    /// <exception cref="ConfigException">What it names is not there.</exception>
    public abstract ILatentSpace Build(ILatentSources sources);
}

/// <summary>What latent spaces are built from.</summary>
public interface ILatentSources
{
    /// <summary>The autoencoder of a run or checkpoint, in evaluation mode and for the caller to dispose of, and what tells its weights from others.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    (Autoencoder Network, string Key) Autoencoder(string model);
}
