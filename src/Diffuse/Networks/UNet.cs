using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// The U-Net of diffusion models (Ho et al. 2020; Dhariwal and Nichol 2021; with cross-attention: Rombach et al. 2022), laid out as diffusers'
/// UNet2DModel or UNet2DConditionModel: same parameter names, order and shapes. c_noise is the time that diffusers' network is told. With patches,
/// x [N, C, H, W] is folded to [N, C p^2, H/p, W/p] before and unfolded after; the network between is an ordinary one of C p^2 channels.
/// </summary>
public sealed class UNet : Network
{
    private readonly Conv2d convIn;
    private readonly FourierFeatures? fourier;
    private readonly TimestepEmbedding timeEmbedding;
    private readonly nn.Module<Tensor, Tensor>? classEmbedding;
    private readonly ModuleList<DownBlock> downBlocks = [];
    private readonly MidBlock midBlock;
    private readonly ModuleList<UpBlock> upBlocks = [];
    private readonly GroupNorm normOut;
    private readonly Conv2d convOut;
    private readonly UNet2DConfig config;
    private readonly int patch;
    private readonly int images;

    /// <param name="seed">Of the first values of the parameters; null: they have names and shapes, but neither values nor memory.</param>
    /// <param name="patch">p, 1 for none.</param>
    /// <param name="images">Channels among those that come in which are of an image that the network is told.</param>
    /// <exception cref="Configuration.ConfigException">A network that cannot be built.</exception>
    public UNet(UNet2DConfig config, Precision precision, long? seed, int patch = 1, int images = 0)
        : base(nameof(UNet))
    {
        UNetRules.Check(config);
        this.config = config;
        this.patch = patch;
        this.images = images;
        using var generator = seed is { } number ? new Generator((ulong)number) : null;
        var channels = config.BlockOutChannels;
        var positional = config.TimeEmbeddingType == "positional";
        var features = positional ? channels[0] : 2 * channels[0];

        register_module("conv_in", convIn = new Conv2d(config.InChannels, channels[0], 3, precision, generator));
        if (!positional)
        {
            register_module("time_proj", fourier = new FourierFeatures(channels[0], generator));
        }

        register_module("time_embedding", timeEmbedding = new TimestepEmbedding(features, config.TimeSize, precision, generator));
        classEmbedding = config switch
        {
            { ClassEmbedType: "timestep" } => new TimestepEmbedding(features, config.TimeSize, precision, generator),
            { ClassEmbedType: "projection", ProjectionClassEmbeddingsInputDim: { } size } => new TimestepEmbedding(size, config.TimeSize, precision, generator),
            { ClassEmbedType: null, NumClassEmbeds: { } rows } => new Embedding(rows, config.TimeSize, generator),
            _ => null,
        };
        if (classEmbedding is not null)
        {
            register_module("class_embedding", classEmbedding);
        }

        for (var level = 0; level < channels.Count; level++)
        {
            downBlocks.Add(new DownBlock(config, level, precision, generator));
        }

        midBlock = new MidBlock(config, precision, generator);
        for (var step = 0; step < channels.Count; step++)
        {
            upBlocks.Add(new UpBlock(config, step, precision, generator));
        }

        register_module("down_blocks", downBlocks);
        register_module("up_blocks", upBlocks);
        register_module("mid_block", midBlock);
        register_module("conv_norm_out", normOut = new GroupNorm(channels[0], config.NormNumGroups, config.NormEps));
        register_module("conv_out", convOut = new Conv2d(channels[0], config.OutChannels, 3, precision, generator, zero: true));
    }

    public UNet2DConfig Config => config;

    public int Patch => patch;

    /// <inheritdoc/>
    public override string ConfigJson => config.ToJson();

    /// <inheritdoc/>
    public override bool IsToldVector => config.ClassEmbedType is "projection" or "identity";

    /// <inheritdoc/>
    public override bool TakesLogOfTime => fourier is not null;

    /// <inheritdoc/>
    public override bool IsDiffusers => config.IsDiffusers && config.CrossAttentionDim is null && patch == 1 && images == 0;

    public override Tensor forward(Tensor x, Tensor time, Condition given)
    {
        using var scope = NewDisposeScope();
        x = config.CenterInputSample ? 2 * x - 1 : x;
        x = images == 0 ? x : cat([x, Asked(given.Image, "an image")], 1);
        x = patch == 1 ? x : nn.functional.pixel_unshuffle(x, patch);
        var embedding = nn.functional.silu(Embed(time, given));

        var h = ChannelsLast.Of(convIn.call(ChannelsLast.Of(x))); // of a single channel libtorch sees no order, and answers in its own
        var skips = new Stack<Tensor>([h]);
        foreach (var block in downBlocks)
        {
            h = block.Apply(h, embedding, given, skips);
        }

        h = midBlock.Apply(h, embedding, given);
        foreach (var block in upBlocks)
        {
            h = block.Apply(h, embedding, given, skips);
        }

        h = convOut.call(normOut.Normalize(h, silu: true)).to(float32);
        h = fourier is null ? h : h / time.view(-1, 1, 1, 1);
        return (patch == 1 ? h : nn.functional.pixel_shuffle(h, patch)).MoveToOuterDisposeScope();
    }

    /// <summary>[N, E]: the sum of the embeddings of time and class.</summary>
    private Tensor Embed(Tensor time, Condition given)
    {
        var embedding = timeEmbedding.call(Features(time));
        return config switch
        {
            { ClassEmbedType: "identity" } => embedding + Asked(given.Embedding, "a vector"),
            { ClassEmbedType: "projection" } => embedding + classEmbedding!.call(Asked(given.Embedding, "a vector")),
            { ClassEmbedType: "timestep" } => embedding + classEmbedding!.call(Features(Asked(given.Label, "a label"))),
            _ => classEmbedding is null ? embedding : embedding + classEmbedding.call(Asked(given.Label, "a label")),
        };
    }

    private Tensor Features(Tensor time) => fourier is null
        ? TimeFeatures.Sinusoidal(time, config.BlockOutChannels[0], config.FlipSinToCos, config.FreqShift)
        : fourier.call(time.to(float32));

    private static Tensor Asked(Tensor? condition, string what) =>
        condition ?? throw new ArgumentException($"this network is told {what} for each image, and none was given");
}
