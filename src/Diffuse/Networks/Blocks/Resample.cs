using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Halves height and width by a convolution of stride 2, or by averaging. The embedding is not used.</summary>
internal sealed class Downsample : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Conv2d? conv;
    private readonly bool padFarEdges;

    /// <param name="padding">1, or 0 for a row and a column of zeros at the far edges only; null: no convolution.</param>
    public Downsample(int channels, int? padding, Precision precision, Generator? generator)
        : base(nameof(Downsample))
    {
        padFarEdges = padding == 0;
        if (padding is not null)
        {
            register_module("conv", conv = new Conv2d(channels, channels, 3, precision, generator, stride: 2, padding: padding));
        }
    }

    public override Tensor forward(Tensor x, Tensor embedding) => conv is null
        ? nn.functional.avg_pool2d(x, 2)
        : conv.call(padFarEdges ? nn.functional.pad(x, (0, 1, 0, 1)) : x);
}

/// <summary>Doubles height and width by repetition, then convolves or does not. The embedding is not used.</summary>
internal sealed class Upsample : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Conv2d? conv;

    public Upsample(int channels, bool convolve, Precision precision, Generator? generator)
        : base(nameof(Upsample))
    {
        if (convolve)
        {
            register_module("conv", conv = new Conv2d(channels, channels, 3, precision, generator));
        }
    }

    public override Tensor forward(Tensor x, Tensor embedding)
    {
        var large = nn.functional.interpolate(x, scale_factor: [2, 2]);
        return conv is null ? large : conv.call(large);
    }
}
