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
    /// <summary>Side of the latents that are decoded at once, and the distance of the next: a quarter of two neighbours is the same.</summary>
    internal const int Tile = 64, Stride = 48;

    /// <summary>Latents of all images that are decoded at once.</summary>
    private const int MostPlaces = 16 * 64 * 64;

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

    /// <summary>Large latents in tiles whose edges are blended, and few images at a time: memory follows the tile, not the image.</summary>
    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((int)latents.shape[2], (int)latents.shape[3]);
        var atOnce = Math.Max(1, MostPlaces / (Math.Min(height, Tile) * Math.Min(width, Tile)));
        var parts = latents.split(atOnce, 0).Select(part => height <= Tile && width <= Tile ? network.Decode(part / Scale) : InTiles(part / Scale)).ToList();
        return cat([.. parts], 0).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the tiles where they overlap, weighted by the distance to each tile's edge.</summary>
    private Tensor InTiles(Tensor latents)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null, weights = null;
        var (rows, columns) = (Starts((int)latents.shape[2]), Starts((int)latents.shape[3]));
        foreach (var top in rows)
        {
            foreach (var left in columns)
            {
                using var inner = NewDisposeScope();
                var tile = network.Decode(latents.narrow(2, top, Math.Min(Tile, latents.shape[2])).narrow(3, left, Math.Min(Tile, latents.shape[3])));
                var factor = network.Config.Factor;
                sum ??= zeros([tile.shape[0], tile.shape[1], latents.shape[2] * factor, latents.shape[3] * factor], device: tile.device).MoveToOuterDisposeScope();
                weights ??= zeros([1, 1, latents.shape[2] * factor, latents.shape[3] * factor], device: tile.device).MoveToOuterDisposeScope();
                var weight = Slope(tile.shape[2], tile.device).unsqueeze(1) * Slope(tile.shape[3], tile.device).unsqueeze(0);
                sum.narrow(2, top * factor, tile.shape[2]).narrow(3, left * factor, tile.shape[3]).add_(tile * weight);
                weights.narrow(2, top * factor, tile.shape[2]).narrow(3, left * factor, tile.shape[3]).add_(weight);
            }
        }

        return (sum! / weights!).MoveToOuterDisposeScope();
    }

    /// <summary>Where tiles begin that cover a side, each a quarter over its neighbour or more.</summary>
    private static int[] Starts(int side)
    {
        var count = side <= Tile ? 1 : 1 + (side - Tile + Stride - 1) / Stride;
        return [.. Enumerable.Range(0, count).Select(i => Math.Min(i * Stride, Math.Max(0, side - Tile)))];
    }

    /// <summary>[L], from the edges up to 1 over the quarter that overlaps.</summary>
    private Tensor Slope(long length, Device device)
    {
        var places = arange(length, float32, device);
        return ((minimum(places, length - 1 - places) + 1) / ((Tile - Stride) * network.Config.Factor)).clamp(max: 1);
    }
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
