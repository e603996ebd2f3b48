using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>What a U-Net's numbers must fulfil together. Every problem is named at once.</summary>
internal static class UNetRules
{
    private static readonly string[] down = ["DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "CrossAttnDownBlock2D"];
    private static readonly string[] up = ["UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D", "CrossAttnUpBlock2D"];

    /// <exception cref="ConfigException">With each problem behind the given prefix.</exception>
    public static void Check(UNet2DConfig config, string prefix = "")
    {
        var problems = Problems(config).Select(problem => prefix + problem).ToList();
        if (problems.Count > 0)
        {
            throw new ConfigException(problems);
        }
    }

    /// <summary>The problem of a picture that cannot be halved as often as the network wants; null where it can.</summary>
    /// <param name="patch">Side of the squares that are folded into channels before the network.</param>
    public static string? Size(int height, int width, int levels, int patch)
    {
        var unit = patch << (levels - 1);
        return height % unit == 0 && width % unit == 0
            ? null
            : $"{height}x{width} pixels cannot be halved {levels - 1} times{(patch > 1 ? $" after patches of {patch}" : "")}: " +
              $"height and width must be multiples of {unit}, with {levels} levels";
    }

    /// <summary>The problem of channels that are no multiple of the head size.</summary>
    public static string HeadSize(int channels, int size) =>
        $"{channels} channels cannot be split into attention heads of {size}: the head size must divide the channels of every level with attention";

    private static IEnumerable<string> Problems(UNet2DConfig config)
    {
        var levels = config.BlockOutChannels.Count;
        if (levels == 0)
        {
            yield return "block_out_channels is empty, expected one number per level";
        }

        if (config.SampleSize is { Count: not 2 } sides)
        {
            yield return $"sample_size has {sides.Count} numbers, expected one, or height and width";
        }

        if (config.DownBlockTypes.Count != levels || config.UpBlockTypes.Count != levels)
        {
            yield return $"{levels} block_out_channels, {config.DownBlockTypes.Count} down_block_types and {config.UpBlockTypes.Count} up_block_types: " +
                "expected as many of each";
        }

        foreach (var (key, value, most) in Sizes(config).Where(size => size.Value < 1 || size.Value > size.Most))
        {
            yield return $"{key} is {value}, expected 1 to {most}";
        }

        foreach (var (key, value, allowed) in Choices(config))
        {
            if (!allowed.Contains(value))
            {
                yield return $"{key} is {value}, expected {string.Join(" or ", allowed)}";
            }
        }

        foreach (var channels in config.BlockOutChannels.Distinct())
        {
            if (channels < 1 || config.NormNumGroups < 1 || channels % config.NormNumGroups != 0)
            {
                yield return $"{channels} channels cannot be normalized in {config.NormNumGroups} groups: the groups must divide the channels of every level";
            }
        }

        foreach (var level in WithAttention(config).Distinct())
        {
            var channels = config.BlockOutChannels[level];
            if (config.HeadsByLevel is { } byLevel)
            {
                if (byLevel[level] < 1 || channels % byLevel[level] != 0)
                {
                    yield return $"{channels} channels cannot be split into {byLevel[level]} attention heads";
                }
            }
            else if (config.NumAttentionHeads is { } heads && (heads < 1 || channels % heads != 0))
            {
                yield return $"{channels} channels cannot be split into {heads} attention heads";
            }
            else if (config.NumAttentionHeads is null && config.AttentionHeadDim is { } size && (size < 1 || channels % size != 0))
            {
                yield return HeadSize(channels, size);
            }
        }

        if (config.AddAttention && levels > 0 && config.AttnNormNumGroups is { } groups && (groups < 1 || config.BlockOutChannels[^1] % groups != 0))
        {
            yield return $"{config.BlockOutChannels[^1]} channels cannot be normalized in {groups} groups (attn_norm_num_groups)";
        }

        if (config.CrossAttentionDim is null && config.DownBlockTypes.Concat(config.UpBlockTypes).Any(type => type.StartsWith("Cross", StringComparison.Ordinal)))
        {
            yield return "blocks with cross-attention, and no cross_attention_dim";
        }

        if (config.CrossAttentionDim is not null && !config.AddAttention)
        {
            yield return "no attention in the middle: where there is cross-attention the middle has it too " +
                "(middle_attention true, mid_block_type UNetMidBlock2DCrossAttn)";
        }

        if (config.CrossAttentionDim is not null && config.TimeEmbeddingType != "positional")
        {
            yield return $"time features are {config.TimeEmbeddingType}, expected positional where there is cross-attention";
        }

        if (config.ClassEmbedType == "projection" && config.ProjectionClassEmbeddingsInputDim is null)
        {
            yield return "class_embed_type is projection, and projection_class_embeddings_input_dim is missing";
        }

        if (config.DownsamplePadding is < 0 or > 1)
        {
            yield return $"downsample_padding is {config.DownsamplePadding}, expected 0 or 1";
        }
    }

    /// <summary>Beyond these no network is meant, but a damaged file.</summary>
    private static IEnumerable<(string Key, int Value, int Most)> Sizes(UNet2DConfig config)
    {
        const int Channels = 1 << 16, Layers = 64, Side = 1 << 14, Rows = 1 << 24;
        yield return ("layers_per_block", config.LayersPerBlock, Layers);
        yield return ("transformer_layers_per_block", config.TransformerLayers, Layers);
        yield return ("in_channels", config.InChannels, Channels);
        yield return ("out_channels", config.OutChannels, Channels);
        yield return ("cross_attention_dim", config.CrossAttentionDim ?? 1, Channels);
        yield return ("projection_class_embeddings_input_dim", config.ProjectionClassEmbeddingsInputDim ?? 1, Channels);
        yield return ("num_class_embeds", config.NumClassEmbeds ?? 1, Rows);
        yield return ("levels", Math.Max(1, config.BlockOutChannels.Count), Layers);
        foreach (var (key, value, most) in config.BlockOutChannels.Select(channels => ("block_out_channels", channels, Channels))
            .Concat((config.SampleSize ?? []).Select(side => ("sample_size", side, Side))))
        {
            yield return (key, value, most);
        }
    }

    private static IEnumerable<(string Key, string Value, string[] Allowed)> Choices(UNet2DConfig config)
    {
        yield return ("time_embedding_type", config.TimeEmbeddingType, ["positional", "fourier"]);
        yield return ("resnet_time_scale_shift", config.ResnetTimeScaleShift, ["default", "scale_shift"]);
        yield return ("downsample_type", config.DownsampleType, ["conv", "resnet", "pool"]);
        yield return ("upsample_type", config.UpsampleType, ["conv", "resnet", "nearest"]);
        yield return ("act_fn", config.ActFn, ["silu", "swish"]);
        yield return ("class_embed_type", config.ClassEmbedType ?? "null", ["null", "timestep", "identity", "projection"]);
        foreach (var type in config.DownBlockTypes)
        {
            yield return ("down_block_types", type, down);
        }

        foreach (var type in config.UpBlockTypes)
        {
            yield return ("up_block_types", type, up);
        }
    }

    private static IEnumerable<int> WithAttention(UNet2DConfig config)
    {
        var levels = config.BlockOutChannels.Count;
        for (var i = 0; i < levels; i++)
        {
            if (config.DownBlockTypes.ElementAtOrDefault(i) is "AttnDownBlock2D" or "CrossAttnDownBlock2D"
                || config.UpBlockTypes.ElementAtOrDefault(levels - 1 - i) is "AttnUpBlock2D" or "CrossAttnUpBlock2D")
            {
                yield return i;
            }
        }

        if (config.AddAttention && levels > 0)
        {
            yield return levels - 1;
        }
    }
}
