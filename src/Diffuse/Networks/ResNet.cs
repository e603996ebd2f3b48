using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// A small residual network (He et al. 2016, with group normalization) that reads clean images: it is not told the time. x [N, C, H, W] to logits
/// [N, K]; the averages before the last layer are features for Frechet distances.
/// </summary>
public sealed class ResNet : Classifier
{
    private readonly Conv2d convIn;
    private readonly ModuleList<ResidualPair> blocks = [];
    private readonly GroupNorm norm;
    private readonly Linear last;
    private readonly ResNetOptions options;

    public ResNet(ResNetOptions options, int input, int classes, Precision precision, long seed)
        : base(nameof(ResNet))
    {
        (this.options, Classes) = (options, classes);
        using var generator = new Generator((ulong)seed);
        var channels = options.Channels;
        register_module("conv_in", convIn = new Conv2d(input, channels[0], 3, precision, generator));
        for (var level = 0; level < channels.Count; level++)
        {
            blocks.Add(new ResidualPair(channels[Math.Max(0, level - 1)], channels[level], options.Groups, 1e-5, precision, generator, stride: level > 0 ? 2 : 1));
        }

        register_module("blocks", blocks);
        register_module("norm", norm = new GroupNorm(channels[^1], options.Groups, 1e-5));
        register_module("last", last = new Linear(channels[^1], classes, precision, generator));
    }

    /// <inheritdoc/>
    public override int Classes { get; }

    /// <inheritdoc/>
    public override string ConfigJson => NetworkJson.Write(
        new { _class_name = "DiffuseResNet", channels = options.Channels, groups = options.Groups, classes = Classes });

    /// <inheritdoc/>
    public override bool IsDiffusers => false;

    /// <summary>[N, D], float32.</summary>
    public Tensor Features(Tensor x)
    {
        using var scope = NewDisposeScope();
        return norm.Normalize(Levels(x)[^1], silu: true).to(float32).mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>[N, K] of <see cref="Features"/>, float32.</summary>
    public Tensor Logits(Tensor features) => last.call(features).to(float32);

    /// <summary>[N, C, H, W] behind each level, of falling size.</summary>
    public IReadOnlyList<Tensor> Levels(Tensor x)
    {
        List<Tensor> levels = [ChannelsLast.Of(convIn.call(ChannelsLast.Of(x)))];
        foreach (var block in blocks)
        {
            levels.Add(block.call(levels[^1]));
        }

        return levels[1..];
    }

    public override Tensor forward(Tensor x, Tensor time, Condition given) => Logits(Features(x));
}

/// <summary>A classifier of clean images.</summary>
[Kind("resnet")]
public sealed record ResNetOptions : NetworkOptions
{
    /// <summary>Channels at each level; each has half the size of the one before.</summary>
    [MinLength(1)]
    public IReadOnlyList<int> Channels { get; init; } = [32, 64, 128];

    [Range(1, 1024)]
    public int Groups { get; init; } = 8;

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed) => Channels.All(channels => channels > 0 && channels % Groups == 0)
        ? new ResNet(this, shape.In, shape.Out, precision, seed)
        : throw new ConfigException($"network: channels cannot be normalized in {Groups} groups: the groups must divide the channels of every level");
}
