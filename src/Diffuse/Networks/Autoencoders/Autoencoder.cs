using Diffuse.Data;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What an autoencoder makes of images in training.</summary>
/// <param name="Images">[N, C, H, W], decoded.</param>
/// <param name="Penalty">[N], what it costs that the latents are as they are: KL per pixel value, or commitment.</param>
/// <param name="Latents">[N, D, h, w] before quantization; null where none are quantized.</param>
/// <param name="Indices">[N, h, w] of the rows that they are quantized to; null likewise.</param>
public readonly record struct Reconstruction(Tensor Images, Tensor Penalty, Tensor? Latents = null, Tensor? Indices = null);

/// <summary>Images as latents of a smaller size, and back. Parameters carry diffusers' names.</summary>
public abstract class Autoencoder : Network
{
    private protected Autoencoder(string name, AutoencoderConfig config)
        : base(name) => Config = config;

    public AutoencoderConfig Config { get; }

    /// <inheritdoc/>
    public override string ConfigJson => Config.ToJson();

    /// <inheritdoc/>
    public override bool IsDiffusers => true;

    private protected abstract Decoder Decoder { get; }

    /// <summary>The weight of the last layer, whose gradients tell losses' strengths.</summary>
    public Tensor LastWeight => Decoder.LastWeight;

    /// <param name="precision">Of convolutions.</param>
    /// <param name="seed">Of the first values; null: parameters have names and shapes, but neither values nor memory.</param>
    public static Autoencoder Of(AutoencoderConfig config, Precision precision, long? seed) => config.IsVectorQuantized
        ? new VqAutoencoder(config, precision, seed)
        : new KlAutoencoder(config, precision, seed);

    /// <summary>[N, D, H / f, W / f]: the mean, or what is to be quantized.</summary>
    /// <param name="x">[N, C, H, W] in [-1, 1].</param>
    public abstract Tensor Encode(Tensor x);

    /// <summary>The latents that diffusion is trained on: a draw of the posterior, or those before quantization.</summary>
    /// <inheritdoc cref="Encode"/>
    public abstract Tensor Draw(Tensor x, INoise z);

    /// <summary>[N, C, H, W] of latents [N, D, H / f, W / f].</summary>
    public abstract Tensor Decode(Tensor z);

    /// <inheritdoc cref="Encode"/>
    public abstract Reconstruction Reconstruct(Tensor x, INoise z);

    /// <summary>The images, encoded and decoded.</summary>
    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor time, Condition given) => Decode(Encode(x));
}

/// <summary>A variational autoencoder (Kingma and Welling 2014) whose posteriors are diagonal Gaussians, lightly drawn to N(0, I); diffusers' AutoencoderKL.</summary>
public sealed class KlAutoencoder : Autoencoder
{
    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Conv2d quantize, unquantize;

    public KlAutoencoder(AutoencoderConfig config, Precision precision, long? seed)
        : base(nameof(KlAutoencoder), config)
    {
        using var generator = seed is { } number ? new Generator((ulong)number) : null;
        register_module("encoder", encoder = new Encoder(config, 2 * config.LatentChannels, precision, generator));
        register_module("decoder", decoder = new Decoder(config, precision, generator));
        register_module("quant_conv", quantize = new Conv2d(2 * config.LatentChannels, 2 * config.LatentChannels, 1, precision, generator));
        register_module("post_quant_conv", unquantize = new Conv2d(config.LatentChannels, config.LatentChannels, 1, precision, generator));
    }

    private protected override Decoder Decoder => decoder;

    /// <summary>Mean and log variance, clamped to [-30, 20], each [N, D, H / f, W / f].</summary>
    public (Tensor Mean, Tensor LogVariance) Posterior(Tensor x)
    {
        var halves = quantize.call(encoder.call(x)).to(float32).chunk(2, 1);
        return (halves[0], halves[1].clamp(-30, 20));
    }

    /// <summary>[N], KL(N(mean, variance) | N(0, I)) in nats.</summary>
    public static Tensor Kl(Tensor mean, Tensor logVariance) => 0.5 * (mean.square() + logVariance.exp() - 1 - logVariance).flatten(1).sum(1);

    /// <inheritdoc/>
    public override Tensor Encode(Tensor x) => Posterior(x).Mean;

    /// <inheritdoc/>
    public override Tensor Draw(Tensor x, INoise z)
    {
        var (mean, logVariance) = Posterior(x);
        return mean + (0.5 * logVariance).exp() * z.Normal(mean);
    }

    /// <inheritdoc/>
    public override Tensor Decode(Tensor z) => decoder.call(unquantize.call(z));

    /// <inheritdoc/>
    public override Reconstruction Reconstruct(Tensor x, INoise z)
    {
        var (mean, logVariance) = Posterior(x);
        return new(Decode(mean + (0.5 * logVariance).exp() * z.Normal(mean)), Kl(mean, logVariance) / x[0].numel());
    }
}

/// <summary>An autoencoder whose latents are rows of a codebook (van den Oord et al. 2017); diffusers' VQModel.</summary>
public sealed class VqAutoencoder : Autoencoder
{
    private readonly Encoder encoder;
    private readonly Decoder decoder;
    private readonly Conv2d quantize, unquantize;
    private readonly Codebook codebook;

    public VqAutoencoder(AutoencoderConfig config, Precision precision, long? seed)
        : base(nameof(VqAutoencoder), config)
    {
        var size = config.VqEmbedDim ?? config.LatentChannels;
        using var generator = seed is { } number ? new Generator((ulong)number) : null;
        register_module("encoder", encoder = new Encoder(config, config.LatentChannels, precision, generator));
        register_module("quant_conv", quantize = new Conv2d(config.LatentChannels, size, 1, precision, generator));
        register_module("quantize", codebook = new Codebook(config.NumVqEmbeddings, size, generator));
        register_module("post_quant_conv", unquantize = new Conv2d(size, config.LatentChannels, 1, precision, generator));
        register_module("decoder", decoder = new Decoder(config, precision, generator));
    }

    public Codebook Codebook => codebook;

    private protected override Decoder Decoder => decoder;

    /// <inheritdoc/>
    public override Tensor Encode(Tensor x) => quantize.call(encoder.call(x)).to(float32);

    /// <inheritdoc/>
    public override Tensor Draw(Tensor x, INoise z) => Encode(x);

    /// <summary>Of the nearest rows of the codebook.</summary>
    /// <inheritdoc/>
    public override Tensor Decode(Tensor z) => decoder.call(unquantize.call(codebook.Quantize(z).Latents));

    /// <inheritdoc/>
    public override Reconstruction Reconstruct(Tensor x, INoise z)
    {
        var latents = Encode(x);
        var quantized = codebook.Quantize(latents);
        return new(decoder.call(unquantize.call(quantized.Latents)), Codebook.Commitment(latents, quantized.Rows), latents, quantized.Indices);
    }
}
