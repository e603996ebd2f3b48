using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>How a residual block is told the time.</summary>
public enum TimeCondition
{
    /// <summary>Added before the second norm (Ho et al. 2020).</summary>
    Additive,

    /// <summary>Scales and shifts after it (Dhariwal and Nichol 2021).</summary>
    ScaleShift,
}

/// <summary>The features of the time that the embedding starts from.</summary>
public enum TimeFeature
{
    /// <summary>Sines and cosines.</summary>
    Positional,

    /// <summary>Random Fourier features of log t; the output is divided by t. For processes whose time is sigma.</summary>
    Fourier,
}

/// <summary>How the network halves and doubles sizes.</summary>
public enum ResampleKind
{
    Convolution,

    /// <summary>In residual blocks (BigGAN's way).</summary>
    Residual,

    /// <summary>Averages and repetition, without parameters. Not in diffusers.</summary>
    Pool,
}

/// <summary>The U-Net in the words of a run config; <see cref="Config"/> says it in diffusers'.</summary>
[Kind("unet")]
public sealed record UNetOptions : NetworkOptions
{
    /// <summary>Channels at each level, from the full size down; each level has half the size of the one before.</summary>
    [MinLength(1)]
    public IReadOnlyList<int> Channels { get; init; } = [64, 128, 128];

    /// <summary>Residual blocks per level on the way down; one more on the way up.</summary>
    [Range(1, 16)]
    public int Blocks { get; init; } = 2;

    /// <summary>Levels with self-attention, 0 the full size, -1 the smallest.</summary>
    public IReadOnlyList<int> AttentionLevels { get; init; } = [-1];

    /// <summary>Self-attention in the middle.</summary>
    public bool MiddleAttention { get; init; } = true;

    /// <summary>Channels of an attention head; null: one head.</summary>
    [Range(1, 4096)]
    public int? HeadSize { get; init; } = 32;

    /// <summary>The same number of heads at every level, instead of head_size (OpenAI's way; not in diffusers).</summary>
    [Range(1, 256)]
    public int? Heads { get; init; }

    [Range(1, 1024)]
    public int Groups { get; init; } = 32;

    [Range(1e-12, 1)]
    public double Eps { get; init; } = 1e-5;

    public TimeCondition Time { get; init; } = TimeCondition.ScaleShift;

    public TimeFeature TimeFeatures { get; init; } = TimeFeature.Positional;

    public ResampleKind Resample { get; init; } = ResampleKind.Convolution;

    /// <summary>Transformer blocks behind each residual block of a level with attention, where the network is told a text.</summary>
    [Range(1, 16)]
    public int TransformerLayers { get; init; } = 1;

    [Range(0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Squares of p x p pixels are folded into channels before the network and unfolded after: several times faster on small images.</summary>
    [Range(1, 16)]
    public int Patch { get; init; } = 1;

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed) => new UNet(Config(shape), precision, seed, Patch, shape.Image);

    /// <summary>The network between the patches, as diffusers' <c>config.json</c>.</summary>
    /// <exception cref="ConfigException">The options do not fit each other or the shape.</exception>
    public UNet2DConfig Config(NetworkShape shape)
    {
        var levels = Channels.Count;
        var problems = AttentionLevels.Where(level => level < -levels || level >= levels)
            .Select(level => $"attention level {level} does not exist: expected {-levels} to {levels - 1}, with {levels} levels")
            .Append(UNetRules.Size(shape.Height, shape.Width, levels, Patch))
            .Concat(shape.TokenSize is null ? [] : UnevenHeads())
            .OfType<string>().Select(problem => "network: " + problem).ToList();
        if (problems.Count > 0)
        {
            throw new ConfigException(problems);
        }

        if (shape is { Classes: not null, VectorSize: not null })
        {
            throw new ConfigException(
                "network: found a class and a text's summary, which take the same place; allowed: one of them (pooled: false of condition caption)");
        }

        var attention = Attended();
        var (cross, told) = (shape.TokenSize is null ? "" : "Cross", shape.TokenSize);
        if (told is not null && Resample != ResampleKind.Convolution)
        {
            throw new ConfigException(
                $"network: resample is {Resample.ToString().ToLowerInvariant()}, expected convolution where the network is told a text");
        }

        var down = Resample == ResampleKind.Residual ? "ResnetDownsampleBlock2D" : "DownBlock2D";
        var up = Resample == ResampleKind.Residual ? "ResnetUpsampleBlock2D" : "UpBlock2D";
        var config = new UNet2DConfig
        {
            SampleSize = [shape.Height / Patch, shape.Width / Patch],
            InChannels = (shape.In + shape.Image) * Patch * Patch,
            OutChannels = shape.Out * Patch * Patch,
            TimeEmbeddingType = TimeFeatures == TimeFeature.Fourier ? "fourier" : "positional",
            DownBlockTypes = [.. Enumerable.Range(0, levels).Select(level => attention.Contains(level) ? cross + "AttnDownBlock2D" : down)],
            UpBlockTypes = [.. Enumerable.Range(0, levels).Select(level => attention.Contains(levels - 1 - level) ? cross + "AttnUpBlock2D" : up)],
            BlockOutChannels = [.. Channels],
            LayersPerBlock = Blocks,
            DownsampleType = Resample switch { ResampleKind.Residual => "resnet", ResampleKind.Pool => "pool", _ => "conv" },
            UpsampleType = Resample switch { ResampleKind.Residual => "resnet", ResampleKind.Pool => "nearest", _ => "conv" },
            Dropout = Dropout,
            AttentionHeadDim = HeadSize,
            NumAttentionHeads = told is null ? Heads : null,
            CrossAttentionDim = told,
            HeadsByLevel = told is null ? null : [.. Channels.Select(channels => Heads ?? Math.Max(1, channels / (HeadSize ?? channels)))],
            TransformerLayers = TransformerLayers,
            NormNumGroups = Groups,
            AttnNormNumGroups = Time == TimeCondition.ScaleShift && MiddleAttention ? Groups : null,
            NormEps = Eps,
            ResnetTimeScaleShift = Time == TimeCondition.ScaleShift ? "scale_shift" : "default",
            AddAttention = MiddleAttention,
            NumClassEmbeds = shape.Classes + 1,
            ClassEmbedType = shape.VectorSize is null ? null : "projection",
            ProjectionClassEmbeddingsInputDim = shape.VectorSize,
        };
        UNetRules.Check(config, "network: ");
        return config;
    }

    /// <summary>The levels with attention, counted from 0.</summary>
    private HashSet<int> Attended() => [.. AttentionLevels.Select(level => level < 0 ? level + Channels.Count : level)];

    /// <summary>With tokens the network knows only how many heads there are, not their size.</summary>
    private IEnumerable<string> UnevenHeads()
    {
        HashSet<int> levels = [.. Attended(), Channels.Count - 1];
        return Channels.Where((channels, level) => Heads is null && levels.Contains(level) && channels % (HeadSize ?? 1) != 0).Distinct()
            .Select(channels => UNetRules.HeadSize(channels, HeadSize!.Value));
    }
}
