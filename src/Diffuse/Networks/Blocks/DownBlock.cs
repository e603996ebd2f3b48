using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>One level on the way down: residual blocks, each with attention or without, then halving except at the last level.</summary>
internal sealed class DownBlock : UNetPart
{
    private readonly ModuleList<SpatialAttention> attentions = [];
    private readonly ModuleList<ResnetBlock> resnets = [];
    private readonly nn.Module<Tensor, Tensor, Tensor>? downsampler;

    public DownBlock(UNet2DConfig config, int level, Precision precision, Generator? generator)
        : base(nameof(DownBlock), config.Dropout)
    {
        var type = config.DownBlockTypes[level];
        var channels = config.BlockOutChannels[level];
        for (var i = 0; i < config.LayersPerBlock; i++)
        {
            resnets.Add(new ResnetBlock(config, i > 0 || level == 0 ? channels : config.BlockOutChannels[level - 1], channels, precision, generator));
            if (type == "AttnDownBlock2D")
            {
                attentions.Add(new SelfAttention(channels, config.Heads(level), config.NormNumGroups, config.NormEps, precision, generator));
            }
            else if (type == "CrossAttnDownBlock2D")
            {
                attentions.Add(new Transformer(config, channels, config.Heads(level), precision, generator));
            }
        }

        if (attentions.Count > 0)
        {
            register_module("attentions", attentions);
        }

        register_module("resnets", resnets);
        if (level < config.BlockOutChannels.Count - 1)
        {
            downsampler = type == "ResnetDownsampleBlock2D" || (type == "AttnDownBlock2D" && config.DownsampleType == "resnet")
                ? new ResnetBlock(config, channels, channels, precision, generator, Resampling.Halve)
                : new Downsample(channels, config.DownsampleType == "pool" ? null : config.DownsamplePadding, precision, generator);
            register_module("downsamplers", new ModuleList<nn.Module<Tensor, Tensor, Tensor>>(downsampler));
        }
    }

    /// <summary>x at the next level; what the way up will need is pushed onto <paramref name="skips"/>.</summary>
    public Tensor Apply(Tensor x, Tensor embedding, Condition given, Stack<Tensor> skips)
    {
        for (var i = 0; i < resnets.Count; i++)
        {
            var layer = i; // on the way back the loop's variable is elsewhere
            x = Layer((x, embedding, given) => Attended(layer, resnets[layer].call(x, embedding), given), embedding, given, x);
            skips.Push(x);
        }

        if (downsampler is not null)
        {
            x = Layer((x, embedding, _) => downsampler.call(x, embedding), embedding, given, x);
            skips.Push(x);
        }

        return x;
    }

    private Tensor Attended(int i, Tensor x, Condition given) => attentions.Count > 0 ? attentions[i].Apply(x, given) : x;
}
