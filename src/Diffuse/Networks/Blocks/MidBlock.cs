using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The middle, at the smallest size: two residual blocks with attention between them.</summary>
internal sealed class MidBlock : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly SelfAttention? attention;
    private readonly ResnetBlock first;
    private readonly ResnetBlock second;

    public MidBlock(UNet2DConfig config, Precision precision, Generator generator)
        : base(nameof(MidBlock))
    {
        var channels = config.BlockOutChannels[^1];
        var divisor = config.MidBlockScaleFactor;
        first = new ResnetBlock(config, channels, channels, precision, generator, divisor: divisor);
        if (config.AddAttention)
        {
            var groups = config.AttnNormNumGroups ?? (config.ScaleShift ? null : config.NormNumGroups);
            attention = new SelfAttention(channels, config.Heads(channels), groups, config.NormEps, precision, generator, divisor);
            register_module("attentions", new ModuleList<SelfAttention>(attention));
        }

        second = new ResnetBlock(config, channels, channels, precision, generator, divisor: divisor);
        register_module("resnets", new ModuleList<ResnetBlock>(first, second));
    }

    public override Tensor forward(Tensor x, Tensor embedding)
    {
        x = first.call(x, embedding);
        return second.call(attention is null ? x : attention.call(x), embedding);
    }
}
