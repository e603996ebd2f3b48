using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>The latents of an autoencoder (Rombach et al. 2022), scaled to a standard deviation of 1: z = s E(x), x = D(z / s).</summary>
/// <param name="key">Tells its weights from others.</param>
/// <param name="scale">s; null: it is measured.</param>
internal sealed class AutoencoderLatents(Autoencoder network, string key, double? scale = null) : MeasuredLatents
{
    public Autoencoder Network => network;

    /// <summary>s. Stable Diffusion's is 0.18215; here it is measured on the images that are trained on.</summary>
    public double Scale { get; private set; } = scale ?? network.Config.ScalingFactor;

    /// <inheritdoc/>
    public override bool DrawsImages => true;

    /// <inheritdoc/>
    public override string Key => key;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images)
    {
        var config = network.Config;
        if (images[0] != config.InChannels || images[1] % config.Factor != 0 || images[2] % config.Factor != 0)
        {
            throw new ConfigException(
                $"latents: found images of {images[2]}x{images[1]}x{images[0]}; allowed: sides that are multiples of {config.Factor} and {config.InChannels} channels, which the autoencoder takes");
        }

        return [config.LatentChannels, images[1] / config.Factor, images[2] / config.Factor];
    }

    /// <inheritdoc/>
    public override Tensor Raw(Tensor pixels) => network.Encode(pixels);

    /// <inheritdoc/>
    public override void Measure(Tensor raw) => Scale = scale ?? 1 / raw.std().item<float>();

    /// <inheritdoc/>
    public override Tensor Normalized(Tensor raw) => raw * Scale;

    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents) => network.Decode(latents / Scale).clamp(-1, 1);
}

/// <summary>The latents of an autoencoder that was trained before.</summary>
[Kind("autoencoder")]
public sealed record AutoencoderLatentOptions : LatentOptions
{
    /// <summary>A run of objective autoencoding, or a folder of diffusers with a vae. Checkpoints of the model that is trained in its latents hold a copy.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <summary>What latents are multiplied by; null: measured on the images that are trained on.</summary>
    [Range(1e-6, 1e6)]
    public double? Scale { get; init; }

    /// <inheritdoc/>
    public override ILatentSpace Build(IFrozenNetworks frozen)
    {
        if (Model.Length == 0)
        {
            throw new ConfigException("latents: model: missing; allowed: a run of objective autoencoding");
        }

        var (network, key) = frozen.Autoencoder(Model);
        return new AutoencoderLatents(network, key, Scale);
    }
}
