using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>The <c>config.json</c> of diffusers' AutoencoderKL and VQModel: its keys in snake case, with diffusers' defaults.</summary>
public sealed record AutoencoderConfig
{
    public const string KlClass = "AutoencoderKL", VqClass = "VQModel";

    /// <summary>Beyond this no network is meant, but a damaged file.</summary>
    private const int Most = 1 << 16;

    /// <summary>Keys of newer diffusers whose default is all that is known here.</summary>
    private static readonly Dictionary<string, string> harmless = new()
    {
        ["use_quant_conv"] = "true", ["use_post_quant_conv"] = "true", ["mid_block_add_attention"] = "true", ["lookup_from_codebook"] = "false", ["norm_type"] = "\"group\"",
    };

    [JsonPropertyName("_class_name")]
    public string ClassName { get; init; } = KlClass;

    public int InChannels { get; init; } = 3;

    public int OutChannels { get; init; } = 3;

    /// <summary>From the full size down; each level but the last halves the size.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["DownEncoderBlock2D"];

    /// <summary>From the smallest size up.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["UpDecoderBlock2D"];

    public IReadOnlyList<int> BlockOutChannels { get; init; } = [64];

    public int LayersPerBlock { get; init; } = 1;

    public string ActFn { get; init; } = "silu";

    /// <summary>Channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    public int NormNumGroups { get; init; } = 32;

    public int SampleSize { get; init; } = 32;

    /// <summary>Latents times this have a standard deviation of about 1.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Rows of a VQModel's codebook.</summary>
    public int NumVqEmbeddings { get; init; } = 256;

    /// <summary>Their length; null: as many as <see cref="LatentChannels"/>.</summary>
    public int? VqEmbedDim { get; init; }

    /// <summary>Pixels in a row of one latent.</summary>
    [JsonIgnore]
    public int Factor => 1 << (BlockOutChannels.Count - 1);

    [JsonIgnore]
    public bool IsVectorQuantized => ClassName == VqClass;

    /// <param name="file">For messages.</param>
    /// <exception cref="ConfigException">It is of another network, or names what is not built here.</exception>
    public static AutoencoderConfig FromJson(string json, string file)
    {
        AutoencoderConfig config;
        try
        {
            var node = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("expected an object");
            config = node.Deserialize<AutoencoderConfig>(NetworkJson.Options)!;
            var known = typeof(AutoencoderConfig).GetProperties().Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).ToHashSet();
            foreach (var (key, value) in node.Where(entry => entry.Key[0] != '_' && entry.Key != "force_upcast" && !known.Contains(entry.Key) && entry.Value is not null))
            {
                Check(value!.ToJsonString() == harmless.GetValueOrDefault(key), key, value.ToJsonString(), harmless.GetValueOrDefault(key) ?? "nothing");
            }
        }
        catch (JsonException broken)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }

        Check(config.ClassName is KlClass or VqClass, "_class_name", config.ClassName, $"{KlClass}, {VqClass}");
        Check(config.ActFn == "silu", "act_fn", config.ActFn, "silu");
        Check(config.BlockOutChannels.Count is > 0 and < 8, "block_out_channels", string.Join(", ", config.BlockOutChannels), "1 to 7 levels");
        Check(config.DownBlockTypes.All(type => type == "DownEncoderBlock2D"), "down_block_types", string.Join(", ", config.DownBlockTypes), "DownEncoderBlock2D");
        Check(config.UpBlockTypes.All(type => type == "UpDecoderBlock2D"), "up_block_types", string.Join(", ", config.UpBlockTypes), "UpDecoderBlock2D");
        Check(
            config.NormNumGroups > 0 && config.BlockOutChannels.All(channels => channels > 0 && channels % config.NormNumGroups == 0), "norm_num_groups",
            $"{config.NormNumGroups}", "a divisor of the channels of every level");
        foreach (var (key, value, most) in new[]
        {
            ("in_channels", config.InChannels, Most), ("out_channels", config.OutChannels, Most), ("latent_channels", config.LatentChannels, Most),
            ("layers_per_block", config.LayersPerBlock, 64), ("num_vq_embeddings", config.NumVqEmbeddings, 1 << 24), ("vq_embed_dim", config.VqEmbedDim ?? 1, Most),
            ("block_out_channels", config.BlockOutChannels.Max(), Most), ("sample_size", config.SampleSize, 1 << 14),
        })
        {
            Check(value >= 1 && value <= most, key, $"{value}", $"1 to {most}");
        }

        Check(config.ScalingFactor is > 0 and < 1e6, "scaling_factor", $"{config.ScalingFactor}", "a number above 0");
        return config;

        void Check(bool holds, string key, string found, string allowed)
        {
            if (!holds)
            {
                throw new ConfigException($"{file}: {key}: found {found}; allowed: {allowed}");
            }
        }
    }

    public string ToJson() => NetworkJson.Write(this);
}
