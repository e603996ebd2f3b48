using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The middle, at the smallest size: two residual blocks with attention between them.</summary>
internal sealed class MidBlock : UNetPart
{
    private readonly SpatialAttention? attention;
    private readonly ResnetBlock first;
    private readonly ResnetBlock second;

    public MidBlock(UNet2DConfig config, Precision precision, Generator? generator)
        : base(nameof(MidBlock), config.Dropout)
    {
        var channels = config.BlockOutChannels[^1];
        var divisor = config.MidBlockScaleFactor;
        first = new ResnetBlock(config, channels, channels, precision, generator, divisor: divisor);
        if (config.AddAttention)
        {
            var groups = config.AttnNormNumGroups ?? (config.ScaleShift ? null : config.NormNumGroups);
            var heads = config.Heads(config.BlockOutChannels.Count - 1);
            attention = config.CrossAttentionDim is null
                ? new SelfAttention(channels, heads, groups, config.NormEps, precision, generator, divisor)
                : new Transformer(config, channels, heads, precision, generator);
            register_module("attentions", new ModuleList<SpatialAttention>(attention));
        }

        second = new ResnetBlock(config, channels, channels, precision, generator, divisor: divisor);
        register_module("resnets", new ModuleList<ResnetBlock>(first, second));
    }

    public Tensor Apply(Tensor x, Tensor embedding, Condition given) => Layer(Compute, embedding, given, x);

    private Tensor Compute(Tensor x, Tensor embedding, Condition given)
    {
        x = first.call(x, embedding);
        return second.call(attention is null ? x : attention.Apply(x, given), embedding);
    }
}
