using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Images [N, C, H, W] to [N, D, H / f, W / f] (Rombach et al. 2022, appendix G; the VQGAN's encoder): residual blocks, halved by convolutions that pad the far edges.</summary>
internal sealed class Encoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d convIn, convOut;
    private readonly ModuleList<CoderLevel> levels = [];
    private readonly CoderMiddle middle;
    private readonly GroupNorm norm;

    /// <param name="output">D.</param>
    public Encoder(AutoencoderConfig config, int output, Precision precision, Generator? generator)
        : base(nameof(Encoder))
    {
        var channels = config.BlockOutChannels;
        register_module("conv_in", convIn = new Conv2d(config.InChannels, channels[0], 3, precision, generator));
        for (var level = 0; level < channels.Count; level++)
        {
            var half = level < channels.Count - 1 ? new Downsample(channels[level], 0, precision, generator) : null;
            levels.Add(new CoderLevel(channels[Math.Max(0, level - 1)], channels[level], config.LayersPerBlock, "downsamplers", half, config, precision, generator));
        }

        register_module("down_blocks", levels);
        register_module("mid_block", middle = new CoderMiddle(config, precision, generator));
        register_module("conv_norm_out", norm = new GroupNorm(channels[^1], config.NormNumGroups, CoderLevel.Eps));
        register_module("conv_out", convOut = new Conv2d(channels[^1], output, 3, precision, generator));
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = middle.call(levels.Aggregate(convIn.call(ChannelsLast.Of(x)), (now, level) => level.call(now)));
        return convOut.call(norm.Normalize(h, silu: true)).MoveToOuterDisposeScope();
    }
}

/// <summary>Latents [N, D, h, w] to images [N, C, f h, f w].</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d convIn, convOut;
    private readonly ModuleList<CoderLevel> levels = [];
    private readonly CoderMiddle middle;
    private readonly GroupNorm norm;

    public Decoder(AutoencoderConfig config, Precision precision, Generator? generator)
        : base(nameof(Decoder))
    {
        int[] channels = [.. config.BlockOutChannels.Reverse()];
        register_module("conv_in", convIn = new Conv2d(config.LatentChannels, channels[0], 3, precision, generator));
        for (var level = 0; level < channels.Length; level++)
        {
            var twice = level < channels.Length - 1 ? new Upsample(channels[level], convolve: true, precision, generator) : null;
            levels.Add(new CoderLevel(channels[Math.Max(0, level - 1)], channels[level], config.LayersPerBlock + 1, "upsamplers", twice, config, precision, generator));
        }

        register_module("up_blocks", levels);
        register_module("mid_block", middle = new CoderMiddle(config, precision, generator));
        register_module("conv_norm_out", norm = new GroupNorm(channels[^1], config.NormNumGroups, CoderLevel.Eps));
        register_module("conv_out", convOut = new Conv2d(channels[^1], config.OutChannels, 3, precision, generator));
    }

    /// <summary>The weight of the last layer, whose gradients tell losses' strengths.</summary>
    public Tensor LastWeight => convOut.Weight;

    public override Tensor forward(Tensor z)
    {
        using var scope = NewDisposeScope();
        var h = levels.Aggregate(middle.call(convIn.call(ChannelsLast.Of(z))), (now, level) => level.call(now));
        return convOut.call(norm.Normalize(h, silu: true)).to(float32).MoveToOuterDisposeScope();
    }
}

/// <summary>Residual blocks of one size, then another size.</summary>
internal sealed class CoderLevel : nn.Module<Tensor, Tensor>
{
    public const double Eps = 1e-6;

    private readonly ModuleList<ResidualPair> resnets = [];
    private readonly nn.Module<Tensor, Tensor, Tensor>? resample;

    /// <param name="resample">Null: the size stays.</param>
    public CoderLevel(
        int input, int output, int layers, string resampleName, nn.Module<Tensor, Tensor, Tensor>? resample, AutoencoderConfig config, Precision precision, Generator? generator)
        : base(nameof(CoderLevel))
    {
        for (var layer = 0; layer < layers; layer++)
        {
            resnets.Add(new ResidualPair(layer == 0 ? input : output, output, config.NormNumGroups, Eps, precision, generator));
        }

        register_module("resnets", resnets);
        this.resample = resample;
        if (resample is not null)
        {
            register_module(resampleName, new ModuleList<nn.Module<Tensor, Tensor, Tensor>>(resample));
        }
    }

    public override Tensor forward(Tensor x)
    {
        var h = resnets.Aggregate(x, (now, block) => block.call(now));
        return resample is null ? h : resample.call(h, h);
    }
}

/// <summary>Two residual blocks with attention of the pixels to each other between them.</summary>
internal sealed class CoderMiddle : nn.Module<Tensor, Tensor>
{
    private readonly ResidualPair first, second;
    private readonly SelfAttention attention;

    public CoderMiddle(AutoencoderConfig config, Precision precision, Generator? generator)
        : base(nameof(CoderMiddle))
    {
        var (channels, groups) = (config.BlockOutChannels[^1], config.NormNumGroups);
        first = new ResidualPair(channels, channels, groups, CoderLevel.Eps, precision, generator);
        attention = new SelfAttention(channels, heads: 1, groups, CoderLevel.Eps, precision, generator);
        second = new ResidualPair(channels, channels, groups, CoderLevel.Eps, precision, generator);
        register_module("attentions", new ModuleList<SelfAttention>(attention));
        register_module("resnets", new ModuleList<ResidualPair>(first, second));
    }

    public override Tensor forward(Tensor x) => second.call(attention.Apply(first.call(x), Condition.None));
}
