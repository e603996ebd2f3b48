using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// The classifier of classifier guidance (Dhariwal and Nichol 2021, section 4): a U-Net's way down and middle, told the time, and attention pooling.
/// x [N, C, H, W] to logits [N, K].
/// </summary>
public sealed class HalfUNet : Classifier
{
    private readonly Conv2d convIn;
    private readonly TimestepEmbedding timeEmbedding;
    private readonly ModuleList<DownBlock> downBlocks = [];
    private readonly MidBlock midBlock;
    private readonly GroupNorm normOut;
    private readonly PooledAttention pool;
    private readonly UNet2DConfig config;

    /// <param name="config">Its out_channels are the classes, and its way up is not built.</param>
    /// <exception cref="ConfigException">A network that cannot be built.</exception>
    public HalfUNet(UNet2DConfig config, Precision precision, long seed)
        : base(nameof(HalfUNet))
    {
        UNetRules.Check(config);
        this.config = config;
        using var generator = new Generator((ulong)seed);
        var channels = config.BlockOutChannels;
        var size = config.SampleSize ?? throw new ConfigException("sample_size: missing; allowed: the size of the images");
        register_module("conv_in", convIn = new Conv2d(config.InChannels, channels[0], 3, precision, generator));
        register_module("time_embedding", timeEmbedding = new TimestepEmbedding(channels[0], config.TimeSize, precision, generator));
        for (var level = 0; level < channels.Count; level++)
        {
            downBlocks.Add(new DownBlock(config, level, precision, generator));
        }

        register_module("down_blocks", downBlocks);
        register_module("mid_block", midBlock = new MidBlock(config, precision, generator));
        register_module("conv_norm_out", normOut = new GroupNorm(channels[^1], config.NormNumGroups, config.NormEps));
        var pixels = (size[0] >> (channels.Count - 1)) * (size[1] >> (channels.Count - 1));
        register_module("pool", pool = new PooledAttention(pixels, channels[^1], config.Heads(channels.Count - 1), Classes, precision, generator));
    }

    /// <inheritdoc/>
    public override int Classes => config.OutChannels;

    /// <inheritdoc/>
    public override string ConfigJson => config.ToJson("DiffuseHalfUNet");

    /// <inheritdoc/>
    public override bool IsDiffusers => false;

    public UNet2DConfig Config => config;

    public override Tensor forward(Tensor x, Tensor time, Condition given)
    {
        using var scope = NewDisposeScope();
        var features = TimeFeatures.Sinusoidal(time, config.BlockOutChannels[0], config.FlipSinToCos, config.FreqShift);
        var embedding = nn.functional.silu(timeEmbedding.call(features));
        var h = ChannelsLast.Of(convIn.call(ChannelsLast.Of(x)));
        var skips = new Stack<Tensor>();
        foreach (var block in downBlocks)
        {
            h = block.Apply(h, embedding, given, skips);
        }

        h = midBlock.Apply(h, embedding, given);
        return pool.call(normOut.Normalize(h, silu: true)).to(float32).MoveToOuterDisposeScope();
    }
}

/// <summary>The mean pixel asks all pixels and itself, each with its place: [N, C, H, W] to [N, K].</summary>
internal sealed class PooledAttention : nn.Module<Tensor, Tensor>
{
    private readonly Parameter positions;
    private readonly Linear qkv;
    private readonly Linear output;
    private readonly int heads;

    public PooledAttention(int pixels, int channels, int heads, int outputs, Precision precision, Generator generator)
        : base(nameof(PooledAttention))
    {
        this.heads = heads;
        register_parameter("positional_embedding", positions = Initial.Normal(1 / Math.Sqrt(channels), generator, channels, pixels + 1));
        register_module("qkv_proj", qkv = new Linear(channels, 3 * channels, precision, generator));
        register_module("c_proj", output = new Linear(channels, outputs, precision, generator));
    }

    public override Tensor forward(Tensor x)
    {
        var pixels = x.flatten(2).to(float32);                                                                         // [N, C, L]
        var rows = (cat([pixels.mean([2], keepdim: true), pixels], 2) + positions).transpose(1, 2);
        var parts = qkv.call(rows).chunk(3, -1);
        return output.call(Attention.Attend(parts[0].narrow(1, 0, 1), parts[1], parts[2], heads)).squeeze(1);
    }
}

/// <summary>The classifier in the words of a run config.</summary>
[Kind("half-unet")]
public sealed record HalfUNetOptions : NetworkOptions
{
    /// <summary>Channels at each level, from the full size down.</summary>
    [MinLength(1)]
    public IReadOnlyList<int> Channels { get; init; } = [32, 64, 64];

    /// <summary>Residual blocks per level.</summary>
    [Range(1, 16)]
    public int Blocks { get; init; } = 1;

    /// <summary>Levels with self-attention, 0 the full size, -1 the smallest.</summary>
    public IReadOnlyList<int> AttentionLevels { get; init; } = [-1];

    /// <summary>Channels of an attention head.</summary>
    [Range(1, 4096)]
    public int HeadSize { get; init; } = 32;

    [Range(1, 1024)]
    public int Groups { get; init; } = 8;

    [Range(0, 0.99)]
    public double Dropout { get; init; }

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed)
    {
        var unet = new UNetOptions
        {
            Channels = Channels, Blocks = Blocks, AttentionLevels = AttentionLevels, HeadSize = HeadSize, Groups = Groups, Dropout = Dropout,
        };
        return new HalfUNet(unet.Config(shape), precision, seed);
    }
}
