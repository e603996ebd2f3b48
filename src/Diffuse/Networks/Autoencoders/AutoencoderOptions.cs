using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>An autoencoder of images, for diffusion in its latents.</summary>
[Kind("autoencoder")]
public sealed record AutoencoderOptions : NetworkOptions
{
    /// <summary>Channels at each level from the full size down; each level but the first halves the size: three levels make latents of a quarter of the side.</summary>
    [Length(1, 5)]
    public IReadOnlyList<int> Channels { get; init; } = [32, 64, 64];

    /// <summary>Residual blocks of a level of the encoder; the decoder has one more.</summary>
    [Range(1, 100)]
    public int Blocks { get; init; } = 1;

    /// <summary>Channels of the latents.</summary>
    [Range(1, 1024)]
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of the normalizations.</summary>
    [Range(1, 1024)]
    public int Groups { get; init; } = 8;

    /// <summary>Rows of the table that latents are quantized to; null: they are not, and drawn to a Gaussian instead.</summary>
    [Range(2, 1 << 20)]
    public int? Codebook { get; init; }

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed)
    {
        var factor = 1 << (Channels.Count - 1);
        if (shape.Height % factor != 0 || shape.Width % factor != 0)
        {
            throw new ConfigException($"network: {Channels.Count} levels need images whose sides are multiples of {factor}: found {shape.Width}x{shape.Height}");
        }

        if (Channels.Any(channels => channels < 1 || channels % Groups != 0))
        {
            throw new ConfigException($"network: channels cannot be normalized in {Groups} groups: the groups must divide the channels of every level");
        }

        var config = new AutoencoderConfig
        {
            ClassName = Codebook is null ? AutoencoderConfig.KlClass : AutoencoderConfig.VqClass,
            InChannels = shape.In,
            OutChannels = shape.Out,
            DownBlockTypes = [.. Channels.Select(_ => "DownEncoderBlock2D")],
            UpBlockTypes = [.. Channels.Select(_ => "UpDecoderBlock2D")],
            BlockOutChannels = Channels,
            LayersPerBlock = Blocks,
            LatentChannels = LatentChannels,
            NormNumGroups = Groups,
            SampleSize = Math.Max(shape.Height, shape.Width),
            NumVqEmbeddings = Codebook ?? 256,
        };
        return Autoencoder.Of(config, precision, seed);
    }
}
