using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// shortcut(x) + conv2(f2(conv1(f1(x)))), f = SiLU(norm(.)): a residual block that is told nothing. [N, in, H, W] to [N, out, H', W'].
/// </summary>
internal sealed class ResidualPair : nn.Module<Tensor, Tensor>, IRecomputable
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? shortcut;

    public ResidualPair(int input, int output, int groups, double eps, Precision precision, Generator? generator, int stride = 1)
        : base(nameof(ResidualPair))
    {
        register_module("norm1", norm1 = new GroupNorm(input, groups, eps));
        register_module("conv1", conv1 = new Conv2d(input, output, 3, precision, generator, stride: stride));
        register_module("norm2", norm2 = new GroupNorm(output, groups, eps));
        register_module("conv2", conv2 = new Conv2d(output, output, 3, precision, generator));
        if (input != output || stride > 1)
        {
            register_module("conv_shortcut", shortcut = new Conv2d(input, output, 1, precision, generator, stride: stride));
        }
    }

    /// <inheritdoc/>
    public bool Recomputes { get; set; }

    public override Tensor forward(Tensor x) => Recomputes && training ? Recomputed.Of(inputs => Compute(inputs[0]), draws: false, x) : Compute(x);

    private Tensor Compute(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = conv2.call(norm2.Normalize(conv1.call(norm1.Normalize(x, silu: true)), silu: true));
        return ((shortcut is null ? x : shortcut.call(x)) + h).MoveToOuterDisposeScope();
    }
}
