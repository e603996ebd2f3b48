using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>
/// The <c>config.json</c> of a diffusers UNet2DModel: its keys in snake case, with diffusers' defaults. Three values go beyond diffusers:
/// <see cref="NumAttentionHeads"/>, and "pool" and "nearest" as down- and upsample type; a config that uses them does not call itself UNet2DModel.
/// </summary>
public sealed record UNet2DConfig
{
    public const string DiffusersClass = "UNet2DModel";
    public const string OwnClass = "DiffuseUNet";

    [JsonConverter(typeof(SampleSizeConverter))]
    public IReadOnlyList<int>? SampleSize { get; init; }

    public int InChannels { get; init; } = 3;

    public int OutChannels { get; init; } = 3;

    /// <summary>The network maps x in [0, 1] to 2 x - 1 first.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>positional: sines and cosines of t; fourier: random Fourier features of log t, and the output is divided by t.</summary>
    public string TimeEmbeddingType { get; init; } = "positional";

    public double FreqShift { get; init; }

    public bool FlipSinToCos { get; init; } = true;

    /// <summary>From the full size down: DownBlock2D, AttnDownBlock2D or ResnetDownsampleBlock2D.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"];

    /// <summary>From the smallest size up: UpBlock2D, AttnUpBlock2D or ResnetUpsampleBlock2D.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"];

    public IReadOnlyList<int> BlockOutChannels { get; init; } = [224, 448, 672, 896];

    public int LayersPerBlock { get; init; } = 2;

    /// <summary>The sums of the middle blocks are divided by it.</summary>
    public double MidBlockScaleFactor { get; init; } = 1;

    /// <summary>1, or 0 for TensorFlow's way: one row and column of zeros at the far edges only.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>conv, resnet, or (not in diffusers) pool: an average without parameters.</summary>
    public string DownsampleType { get; init; } = "conv";

    /// <summary>conv, resnet, or (not in diffusers) nearest: without parameters.</summary>
    public string UpsampleType { get; init; } = "conv";

    public double Dropout { get; init; }

    public string ActFn { get; init; } = "silu";

    /// <summary>Channels of an attention head; null: one head.</summary>
    public int? AttentionHeadDim { get; init; } = 8;

    public int NormNumGroups { get; init; } = 32;

    /// <summary>Groups of the middle attention's norm. Null: as <see cref="NormNumGroups"/>, but no norm at all where the time is told by scale and shift.</summary>
    public int? AttnNormNumGroups { get; init; }

    public double NormEps { get; init; } = 1e-5;

    /// <summary>default: the time embedding is added before the second norm; scale_shift: it scales and shifts after it.</summary>
    public string ResnetTimeScaleShift { get; init; } = "default";

    /// <summary>Attention in the middle.</summary>
    public bool AddAttention { get; init; } = true;

    /// <summary>null: a table of <see cref="NumClassEmbeds"/> rows; timestep: features of the label as if it were a time; identity: a vector is given.</summary>
    public string? ClassEmbedType { get; init; }

    /// <summary>Rows of the label table, the null label included.</summary>
    public int? NumClassEmbeds { get; init; }

    /// <summary>Size of the vector that takes a class's place where <see cref="ClassEmbedType"/> is projection.</summary>
    [JsonIgnore]
    public int? ProjectionClassEmbeddingsInputDim { get; init; }

    /// <summary>Size of the elements of the sequence that cross-attention looks at; null: a UNet2DModel, without cross-attention.</summary>
    [JsonIgnore]
    public int? CrossAttentionDim { get; init; }

    /// <summary>Heads at each level, from the full size down; of a UNet2DConditionModel.</summary>
    [JsonIgnore]
    public IReadOnlyList<int>? HeadsByLevel { get; init; }

    /// <summary>Transformer blocks behind each residual block.</summary>
    [JsonIgnore]
    public int TransformerLayers { get; init; } = 1;

    /// <summary>Whether the transformers' projections are linear layers, not 1x1 convolutions: the same but for the parameters' shape.</summary>
    [JsonIgnore]
    public bool UseLinearProjection { get; init; }

    /// <summary>Not in diffusers: the same number of heads at every level, instead of <see cref="AttentionHeadDim"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NumAttentionHeads { get; init; }

    /// <summary>Whether diffusers' UNet2DModel can be this network.</summary>
    [JsonIgnore]
    public bool IsDiffusers => NumAttentionHeads is null && DownsampleType != "pool" && UpsampleType != "nearest";

    /// <summary>Size of the vector that tells the residual blocks time and class.</summary>
    internal int TimeSize => 4 * BlockOutChannels[0];

    internal bool ScaleShift => ResnetTimeScaleShift == "scale_shift";

    internal int Heads(int level) => HeadsByLevel?[level] ?? NumAttentionHeads ?? (AttentionHeadDim is { } size ? BlockOutChannels[level] / size : 1);

    /// <param name="className">Of another network of these blocks; null: diffusers' where it can be this one.</param>
    public string ToJson(string? className = null)
    {
        if (CrossAttentionDim is not null)
        {
            return UNet2DConditionConfig.Of(this).ToJson();
        }

        var node = JsonSerializer.SerializeToNode(this, NetworkJson.Options)!.AsObject();
        node.Insert(0, "_class_name", className ?? (IsDiffusers ? DiffusersClass : OwnClass));
        return node.ToJsonString(NetworkJson.Options) + "\n";
    }

    /// <param name="text">JSON. A key that is not known here is refused unless its value is the default of the newer diffusers that has it.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="ConfigException">No JSON, another class, unknown keys, values of a wrong type, or a network that cannot be built.</exception>
    public static UNet2DConfig FromJson(string text, string file = "config.json")
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject node)
            {
                throw new ConfigException($"{file}: expected a JSON object");
            }

            if (node["_class_name"]?.ToString() is UNet2DConditionConfig.DiffusersClass)
            {
                return UNet2DConditionConfig.FromJson(node, file).ToUNet(file);
            }

            var problems = Foreign(node).Select(problem => $"{file}: {problem}").ToList();
            if (problems.Count > 0)
            {
                throw new ConfigException(problems);
            }

            var config = node.Deserialize<UNet2DConfig>(NetworkJson.Options)!;
            UNetRules.Check(config, $"{file}: ");
            return config;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or OverflowException or NullReferenceException)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }
    }

    private static IEnumerable<string> Foreign(JsonObject node)
    {
        if (node["_class_name"] is { } name && name.ToString() is not (DiffusersClass or OwnClass))
        {
            yield return $"_class_name is {name}, expected {DiffusersClass}";
        }

        var known = typeof(UNet2DConfig).GetProperties().Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).ToHashSet();
        foreach (var (key, value) in node)
        {
            var harmless = key.StartsWith('_') || known.Contains(key) || (key == "num_train_timesteps" && value is null);
            if (!harmless)
            {
                yield return $"{key} is not supported (found {value?.ToJsonString() ?? "null"})";
            }
        }
    }

    /// <summary>A number for a square, else [height, width].</summary>
    private sealed class SampleSizeConverter : JsonConverter<IReadOnlyList<int>>
    {
        public override IReadOnlyList<int>? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number
                ? [reader.GetInt32(), reader.GetInt32()]
                : JsonSerializer.Deserialize<int[]>(ref reader);

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
        {
            if (value.Distinct().Count() == 1)
            {
                writer.WriteNumberValue(value[0]);
            }
            else
            {
                JsonSerializer.Serialize(writer, value.ToArray());
            }
        }
    }
}
