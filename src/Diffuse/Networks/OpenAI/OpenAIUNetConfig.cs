namespace Diffuse.Networks;

/// <summary>
/// The arguments of the UNetModel of OpenAI's improved-diffusion and guided-diffusion, and of CompVis' latent diffusion, under their names and with their defaults.
/// </summary>
public sealed record OpenAIUNetConfig
{
    public int? ImageSize { get; init; }

    public int InChannels { get; init; } = 3;

    public int ModelChannels { get; init; } = 128;

    /// <summary>Twice the channels of the image where the variance is learned.</summary>
    public int OutChannels { get; init; } = 3;

    public int NumResBlocks { get; init; } = 2;

    /// <summary>How many times smaller than the image the levels with attention are (their command line names the sizes themselves).</summary>
    public IReadOnlyList<int> AttentionResolutions { get; init; } = [];

    public double Dropout { get; init; }

    public IReadOnlyList<double> ChannelMult { get; init; } = [1, 2, 4, 8];

    public bool ConvResample { get; init; } = true;

    /// <summary>Rows of the label table.</summary>
    public int? NumClasses { get; init; }

    public int NumHeads { get; init; } = 1;

    /// <summary>-1: <see cref="NumHeads"/> says how many heads there are.</summary>
    public int NumHeadChannels { get; init; } = -1;

    public bool UseScaleShiftNorm { get; init; }

    public bool ResblockUpdown { get; init; }

    /// <summary>The rows of the attention's qkv: first q of all heads, then k, then v; otherwise head by head.</summary>
    public bool UseNewAttentionOrder { get; init; }

    /// <summary>Size of the elements of the sequence that transformers look at (CompVis); null: attention to the pixels alone.</summary>
    public int? ContextDim { get; init; }

    public int TransformerDepth { get; init; } = 1;

    /// <summary>Whether the transformers' projections are linear layers.</summary>
    public bool UseLinearInTransformer { get; init; }

    internal int Levels => ChannelMult.Count;

    internal int Channels(int level) => (int)Math.Round(ChannelMult[level] * ModelChannels);

    internal bool HasAttention(int level) => AttentionResolutions.Contains(1 << level);

    internal int Heads(int channels) => NumHeadChannels == -1 ? NumHeads : channels / NumHeadChannels;

    /// <summary>The same network in diffusers' words. Only one that has heads of different sizes, or resamples without parameters, is none of diffusers'.</summary>
    public UNet2DConfig ToDiffusers()
    {
        var levels = Enumerable.Range(0, Levels).ToList();
        var cross = ContextDim is null ? "" : "Cross";
        var headSizes = levels.Where(level => HasAttention(level) || level == Levels - 1).Select(level => Channels(level) / Heads(Channels(level))).Distinct().ToList();
        return new UNet2DConfig
        {
            SampleSize = ImageSize is { } size ? [size, size] : null,
            InChannels = InChannels,
            OutChannels = OutChannels,
            DownBlockTypes = [.. levels.Select(level => HasAttention(level) ? cross + "AttnDownBlock2D" : ResblockUpdown ? "ResnetDownsampleBlock2D" : "DownBlock2D")],
            UpBlockTypes = [.. Enumerable.Reverse(levels).Select(level => HasAttention(level) ? cross + "AttnUpBlock2D" : ResblockUpdown ? "ResnetUpsampleBlock2D" : "UpBlock2D")],
            BlockOutChannels = [.. levels.Select(Channels)],
            LayersPerBlock = NumResBlocks,
            DownsampleType = ResblockUpdown ? "resnet" : ConvResample ? "conv" : "pool",
            UpsampleType = ResblockUpdown ? "resnet" : ConvResample ? "conv" : "nearest",
            Dropout = Dropout,
            AttentionHeadDim = headSizes.Count == 1 ? headSizes[0] : null,
            NumAttentionHeads = ContextDim is not null || headSizes.Count == 1 ? null : NumHeads,
            CrossAttentionDim = ContextDim,
            HeadsByLevel = ContextDim is null ? null : [.. levels.Select(level => Heads(Channels(level)))],
            TransformerLayers = TransformerDepth,
            UseLinearProjection = UseLinearInTransformer,
            AttnNormNumGroups = 32,
            ResnetTimeScaleShift = UseScaleShiftNorm ? "scale_shift" : "default",
            NumClassEmbeds = NumClasses,
        };
    }
}
