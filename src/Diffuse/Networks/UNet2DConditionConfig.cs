using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>
/// The <c>config.json</c> of a diffusers UNet2DConditionModel, the U-Net with cross-attention: its keys in snake case, with diffusers' defaults.
/// Its attention_head_dim is, for historical reasons, the number of heads.
/// </summary>
internal sealed record UNet2DConditionConfig
{
    public const string DiffusersClass = "UNet2DConditionModel";

    private const string MidBlock = "UNetMidBlock2DCrossAttn";

    /// <summary>Keys of diffusers whose default is all that is known here.</summary>
    private static readonly Dictionary<string, string[]> harmless = new()
    {
        ["only_cross_attention"] = ["false"], ["dual_cross_attention"] = ["false"], ["upcast_attention"] = ["false", "true", "null"],
        ["time_embedding_type"] = ["\"positional\""], ["conv_in_kernel"] = ["3"], ["conv_out_kernel"] = ["3"], ["resnet_skip_time_act"] = ["false"],
        ["resnet_out_scale_factor"] = ["1", "1.0"], ["class_embeddings_concat"] = ["false"], ["addition_embed_type_num_heads"] = ["64"],
        ["attention_type"] = ["\"default\""], ["dropout"] = ["0", "0.0"],
    };

    public JsonNode? SampleSize { get; init; }

    public int InChannels { get; init; } = 4;

    public int OutChannels { get; init; } = 4;

    public bool CenterInputSample { get; init; }

    public bool FlipSinToCos { get; init; } = true;

    public double FreqShift { get; init; }

    /// <summary>From the full size down: CrossAttnDownBlock2D or DownBlock2D.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"];

    public string? MidBlockType { get; init; } = MidBlock;

    public IReadOnlyList<string> UpBlockTypes { get; init; } = ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"];

    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    public int LayersPerBlock { get; init; } = 2;

    public int DownsamplePadding { get; init; } = 1;

    public double MidBlockScaleFactor { get; init; } = 1;

    public string ActFn { get; init; } = "silu";

    public int NormNumGroups { get; init; } = 32;

    public double NormEps { get; init; } = 1e-5;

    public int CrossAttentionDim { get; init; } = 1280;

    public int TransformerLayersPerBlock { get; init; } = 1;

    /// <summary>A number of heads, or one for each level.</summary>
    public JsonNode AttentionHeadDim { get; init; } = 8;

    public bool UseLinearProjection { get; init; }

    public string? ClassEmbedType { get; init; }

    public int? NumClassEmbeds { get; init; }

    public int? ProjectionClassEmbeddingsInputDim { get; init; }

    public string ResnetTimeScaleShift { get; init; } = "default";

    public static UNet2DConditionConfig Of(UNet2DConfig unet) => new()
    {
        SampleSize = unet.SampleSize is { } size ? size.Distinct().Count() == 1 ? size[0] : new JsonArray([.. size.Select(side => JsonValue.Create(side))]) : null,
        InChannels = unet.InChannels,
        OutChannels = unet.OutChannels,
        CenterInputSample = unet.CenterInputSample,
        FlipSinToCos = unet.FlipSinToCos,
        FreqShift = unet.FreqShift,
        DownBlockTypes = unet.DownBlockTypes,
        MidBlockType = unet.AddAttention ? MidBlock : null,
        UpBlockTypes = unet.UpBlockTypes,
        BlockOutChannels = unet.BlockOutChannels,
        LayersPerBlock = unet.LayersPerBlock,
        DownsamplePadding = unet.DownsamplePadding,
        MidBlockScaleFactor = unet.MidBlockScaleFactor,
        NormNumGroups = unet.NormNumGroups,
        NormEps = unet.NormEps,
        CrossAttentionDim = unet.CrossAttentionDim!.Value,
        TransformerLayersPerBlock = unet.TransformerLayers,
        AttentionHeadDim = new JsonArray([.. unet.HeadsByLevel!.Select(heads => JsonValue.Create(heads))]),
        UseLinearProjection = unet.UseLinearProjection,
        ClassEmbedType = unet.ClassEmbedType,
        NumClassEmbeds = unet.NumClassEmbeds,
        ProjectionClassEmbeddingsInputDim = unet.ProjectionClassEmbeddingsInputDim,
        ResnetTimeScaleShift = unet.ResnetTimeScaleShift,
    };

    /// <exception cref="ConfigException">Unknown keys.</exception>
    /// <exception cref="JsonException">Values of a wrong type.</exception>
    public static UNet2DConditionConfig FromJson(JsonObject node, string file)
    {
        var known = typeof(UNet2DConditionConfig).GetProperties().Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).ToHashSet();
        var problems = node
            .Where(entry => !entry.Key.StartsWith('_') && !known.Contains(entry.Key))
            .Where(entry => entry.Value is not null && !harmless.GetValueOrDefault(entry.Key, []).Contains(entry.Value.ToJsonString()))
            .Select(entry => $"{file}: {entry.Key} is not supported (found {entry.Value!.ToJsonString()})")
            .ToList();
        return problems.Count == 0 ? node.Deserialize<UNet2DConditionConfig>(NetworkJson.Options)! : throw new ConfigException(problems);
    }

    public string ToJson()
    {
        var node = JsonSerializer.SerializeToNode(this, NetworkJson.Options)!.AsObject();
        node.Insert(0, "_class_name", DiffusersClass);
        return node.ToJsonString(NetworkJson.Options) + "\n";
    }

    /// <exception cref="ConfigException">A network that cannot be built.</exception>
    public UNet2DConfig ToUNet(string file)
    {
        var heads = AttentionHeadDim is JsonArray list ? list.Select(one => one!.GetValue<int>()).ToList()
            : [.. Enumerable.Repeat(AttentionHeadDim.GetValue<int>(), BlockOutChannels.Count)];
        if (MidBlockType is not (null or MidBlock) || heads.Count != BlockOutChannels.Count)
        {
            throw new ConfigException($"{file}: found mid_block_type {MidBlockType} and {heads.Count} numbers of heads; allowed: {MidBlock}, a number for each of {BlockOutChannels.Count} levels");
        }

        var config = new UNet2DConfig
        {
            SampleSize = SampleSize switch
            {
                null => null,
                JsonArray sides => [.. sides.Select(side => side!.GetValue<int>())],
                var side => [side.GetValue<int>(), side.GetValue<int>()],
            },
            InChannels = InChannels,
            OutChannels = OutChannels,
            CenterInputSample = CenterInputSample,
            FlipSinToCos = FlipSinToCos,
            FreqShift = FreqShift,
            DownBlockTypes = DownBlockTypes,
            UpBlockTypes = UpBlockTypes,
            BlockOutChannels = BlockOutChannels,
            LayersPerBlock = LayersPerBlock,
            DownsamplePadding = DownsamplePadding,
            MidBlockScaleFactor = MidBlockScaleFactor,
            ActFn = ActFn,
            NormNumGroups = NormNumGroups,
            NormEps = NormEps,
            AddAttention = MidBlockType is not null,
            CrossAttentionDim = CrossAttentionDim,
            HeadsByLevel = heads,
            TransformerLayers = TransformerLayersPerBlock,
            UseLinearProjection = UseLinearProjection,
            ClassEmbedType = ClassEmbedType,
            NumClassEmbeds = NumClassEmbeds,
            ProjectionClassEmbeddingsInputDim = ProjectionClassEmbeddingsInputDim,
            ResnetTimeScaleShift = ResnetTimeScaleShift,
        };
        UNetRules.Check(config, $"{file}: ");
        return config;
    }
}
