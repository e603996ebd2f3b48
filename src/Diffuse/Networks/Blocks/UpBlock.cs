using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>One level on the way up: residual blocks over x beside what the way down left, each with attention or without, then doubling.</summary>
internal sealed class UpBlock : UNetPart
{
    private readonly ModuleList<SpatialAttention> attentions = [];
    private readonly ModuleList<ResnetBlock> resnets = [];
    private readonly nn.Module<Tensor, Tensor, Tensor>? upsampler;

    /// <param name="step">0 at the smallest size.</param>
    public UpBlock(UNet2DConfig config, int step, Precision precision, Generator? generator)
        : base(nameof(UpBlock), config.Dropout)
    {
        var type = config.UpBlockTypes[step];
        var level = config.BlockOutChannels.Count - 1 - step;
        var channels = config.BlockOutChannels[level];
        for (var i = 0; i <= config.LayersPerBlock; i++)
        {
            var below = i > 0 || step == 0 ? channels : config.BlockOutChannels[level + 1];
            var skip = i < config.LayersPerBlock || level == 0 ? channels : config.BlockOutChannels[level - 1];
            resnets.Add(new ResnetBlock(config, below + skip, channels, precision, generator));
            if (type == "AttnUpBlock2D")
            {
                attentions.Add(new SelfAttention(channels, config.Heads(level), config.NormNumGroups, config.NormEps, precision, generator));
            }
            else if (type == "CrossAttnUpBlock2D")
            {
                attentions.Add(new Transformer(config, channels, config.Heads(level), precision, generator));
            }
        }

        if (attentions.Count > 0)
        {
            register_module("attentions", attentions);
        }

        register_module("resnets", resnets);
        if (level > 0)
        {
            upsampler = type == "ResnetUpsampleBlock2D" || (type == "AttnUpBlock2D" && config.UpsampleType == "resnet")
                ? new ResnetBlock(config, channels, channels, precision, generator, Resampling.Double)
                : new Upsample(channels, config.UpsampleType != "nearest", precision, generator);
            register_module("upsamplers", new ModuleList<nn.Module<Tensor, Tensor, Tensor>>(upsampler));
        }
    }

    public Tensor Apply(Tensor x, Tensor embedding, Condition given, Stack<Tensor> skips)
    {
        for (var i = 0; i < resnets.Count; i++)
        {
            var layer = i; // on the way back the loop's variable is elsewhere
            x = Layer((x, embedding, given) => Attended(layer, resnets[layer].call(x, embedding), given), embedding, given, x, skips.Pop());
        }

        return upsampler is null ? x : Layer((x, embedding, _) => upsampler.call(x, embedding), embedding, given, x);
    }

    private Tensor Attended(int i, Tensor x, Condition given) => attentions.Count > 0 ? attentions[i].Apply(x, given) : x;
}
