using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What the last branch of a block does before its convolution.</summary>
internal enum Pooling
{
    /// <summary>Means of 3x3 that do not count the border.</summary>
    Average,

    Maximum,

    /// <summary>Maxima of 3x3 at every second pixel, and no convolution: the block halves the size.</summary>
    Halve,
}

/// <summary>
/// Branches beside each other, their results concatenated by channel. A branch is a row of stages, a stage one convolution or several of the same
/// input, concatenated.
/// </summary>
internal sealed class Mixed : nn.Module<Tensor, Tensor>
{
    private readonly ConvNorm[][][] branches;
    private readonly Pooling pooling;

    public Mixed(string name, Pooling pooling, params ConvNorm[][][] branches)
        : base(name)
    {
        (Name, this.pooling, this.branches) = (name, pooling, branches);
        foreach (var part in branches.SelectMany(branch => branch).SelectMany(stage => stage))
        {
            register_module(part.Name, part);
        }
    }

    public string Name { get; }

    public ConvNorm First => branches[0][0][0];

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var pooled = pooling switch
        {
            Pooling.Average => nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false),
            Pooling.Maximum => nn.functional.max_pool2d(x, 3, stride: 1, padding: 1),
            _ => nn.functional.max_pool2d(x, 3, stride: 2),
        };
        var results = pooling == Pooling.Halve
            ? branches.Select(branch => Through(branch, x)).Append(pooled)
            : branches[..^1].Select(branch => Through(branch, x)).Append(Through(branches[^1], pooled));
        return cat([.. results], 1).MoveToOuterDisposeScope();
    }

    private static Tensor Through(ConvNorm[][] branch, Tensor x) =>
        branch.Aggregate(x, (h, stage) => stage.Length == 1 ? stage[0].call(h) : cat([.. stage.Select(part => part.call(h))], 1));
}

/// <summary>ReLU of the normalized convolution.</summary>
internal sealed class ConvNorm : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Conv2d conv;
    private readonly BatchNorm2d norm;

    /// <param name="padded">With as many zeros around that a stride of 1 keeps the size.</param>
    /// <param name="width">Of the kernel; as its height where it is not given.</param>
    public ConvNorm(string name, int input, int output, int height, int? width = null, int stride = 1, bool padded = true)
        : base(name)
    {
        Name = name;
        (long, long) kernel = (height, width ?? height);
        register_module("conv", conv = nn.Conv2d(
            input, output, kernel, stride: (stride, stride), padding: padded ? (kernel.Item1 / 2, kernel.Item2 / 2) : (0, 0), bias: false));
        register_module("bn", norm = nn.BatchNorm2d(output, eps: 1e-3));
    }

    public string Name { get; }

    /// <summary>Before the norm.</summary>
    public Tensor Raw(Tensor x) => conv.call(x);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return norm.call(conv.call(x)).relu_().MoveToOuterDisposeScope();
    }
}
