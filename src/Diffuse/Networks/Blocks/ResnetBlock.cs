using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What a residual block does to height and width, between its first norm and its first convolution and on its shortcut alike.</summary>
internal enum Resampling
{
    None,
    Halve,
    Double,
}

/// <summary>
/// shortcut(x) + conv2(drop(f2(conv1(resample(f1(x)))))), f = SiLU(norm(.)); the second norm is told time and class (Ho et al. 2020; with
/// scale and shift, and resampling: Dhariwal and Nichol 2021). x [N, in, H, W] and SiLU of the embedding [N, E] to [N, out, H', W'].
/// </summary>
internal sealed class ResnetBlock : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear timeProjection;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? shortcut;
    private readonly Resampling resampling;
    private readonly bool scaleShift;
    private readonly double dropout;
    private readonly double divisor;

    /// <param name="divisor">The sum is divided by it.</param>
    public ResnetBlock(
        UNet2DConfig config, int input, int output, Precision precision, Generator? generator,
        Resampling resampling = Resampling.None, double divisor = 1)
        : base(nameof(ResnetBlock))
    {
        this.resampling = resampling;
        this.divisor = divisor;
        scaleShift = config.ScaleShift;
        dropout = config.Dropout;
        register_module("norm1", norm1 = new GroupNorm(input, config.NormNumGroups, config.NormEps));
        register_module("conv1", conv1 = new Conv2d(input, output, 3, precision, generator));
        register_module("time_emb_proj", timeProjection = new Linear(config.TimeSize, scaleShift ? 2 * output : output, precision, generator));
        register_module("norm2", norm2 = new GroupNorm(output, config.NormNumGroups, config.NormEps));
        register_module("conv2", conv2 = new Conv2d(output, output, 3, precision, generator, zero: true));
        if (input != output)
        {
            register_module("conv_shortcut", shortcut = new Conv2d(input, output, 1, precision, generator));
        }
    }

    public override Tensor forward(Tensor x, Tensor embedding)
    {
        using var scope = NewDisposeScope();
        var h = conv1.call(Resample(norm1.Normalize(x, silu: true)));
        h = norm2.Normalize(h, timeProjection.call(embedding), scaleShift, silu: true);
        if (training && dropout > 0)
        {
            h = nn.functional.dropout(h, dropout);
        }

        h = conv2.call(h);
        x = Resample(x);
        h = (shortcut is null ? x : shortcut.call(x)) + h;
        return (divisor == 1 ? h : h / divisor).MoveToOuterDisposeScope();
    }

    private Tensor Resample(Tensor x) => resampling switch
    {
        Resampling.Halve => nn.functional.avg_pool2d(x, 2),
        Resampling.Double => nn.functional.interpolate(x, scale_factor: [2, 2]),
        _ => x,
    };
}
