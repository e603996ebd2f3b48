using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>What convolutions and transposed convolutions have in common: sizes, padding, weight and bias.</summary>
public abstract class Convolution : Module<Tensor, Tensor>
{
    private protected Convolution(
        string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, Padding? padding_type,
        long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device,
        ScalarType? dtype)
        : base(name)
    {
        if (groups <= 0 || in_channels % groups != 0 || out_channels % groups != 0)
            throw new ArgumentException($"groups ({groups}) must divide the channels ({in_channels}, {out_channels})");
        (this.in_channels, this.out_channels, this.groups, this.transposed) = (in_channels, out_channels, groups, transposed);
        (this.kernel_size, this.stride, this.padding, this.dilation) = (kernel_size, stride, padding, dilation);
        (this.output_padding, this.padding_type, this.padding_mode) = (output_padding, padding_type, padding_mode);
        long[] channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
        weight = new Parameter(torch.empty([.. channels, .. kernel_size], dtype, device));
        if (bias) this.bias = new Parameter(torch.empty(out_channels, dtype, device));
        reset_parameters();
    }

    public long in_channels { get; }

    public long out_channels { get; }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] padding { get; private set; }

    public Padding? padding_type { get; private set; }

    public PaddingModes padding_mode { get; set; }

    public long[] dilation { get; set; }

    public bool transposed { get; }

    public long[] output_padding { get; set; }

    public long groups { get; set; }

    public Parameter weight
    {
        get => Get(nameof(weight))!;
        set => Set(nameof(weight), value);
    }

    public Parameter? bias
    {
        get => Get(nameof(bias));
        set => Set(nameof(bias), value);
    }

    public void SetPadding(long[] padding) => (this.padding, padding_type) = (padding, null);

    public void SetPadding(Padding padding) => padding_type = padding;

    /// <summary>Uniform in +-1/sqrt(fan in), as PyTorch starts its convolutions.</summary>
    public void reset_parameters()
    {
        init.kaiming_uniform_(weight, Math.Sqrt(5));
        if (bias is null) return;
        var (fanIn, _) = init.CalculateFanInAndFanOut(weight);
        double bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
        init.uniform_(bias, -bound, bound);
    }
}

/// <summary>A two-dimensional convolution of [N, C, H, W].</summary>
public sealed class Conv2d : Convolution
{
    internal Conv2d(
        long inChannels, long outChannels, (long, long) kernel, (long, long) stride, (long, long) padding, Padding? paddingType,
        (long, long) dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(
            nameof(Conv2d), inChannels, outChannels, Pair(kernel), Pair(stride), Pair(padding), paddingType, Pair(dilation), false, [0, 0],
            groups, bias, mode, device, dtype)
    {
    }

    static long[] Pair((long, long) pair) => [pair.Item1, pair.Item2];

    public override Tensor forward(Tensor input)
    {
        if (padding_mode != PaddingModes.Zeros)
        {
            using var padded = functional.pad(input, Around(), padding_mode);
            return functional.conv2d(padded, weight, bias, stride, [0, 0], dilation, groups);
        }
        return padding_type is { } type
            ? functional.conv2d_padding(input, weight, bias, stride, type, dilation, groups)
            : functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
    }

    // The padding of each side, last dimension first.
    long[] Around()
    {
        if (padding_type == Padding.Valid) return [0, 0, 0, 0];
        if (padding_type is null) return [padding[1], padding[1], padding[0], padding[0]];
        long h = dilation[0] * (kernel_size[0] - 1), w = dilation[1] * (kernel_size[1] - 1);
        return [w / 2, w - w / 2, h / 2, h - h / 2];
    }
}

/// <summary>What transposed convolutions have in common.</summary>
public abstract class ConvolutionTranspose : Convolution
{
    private protected ConvolutionTranspose(
        string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[] padding, long[] dilation,
        long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device, ScalarType? dtype)
        : base(
            name, in_channels, out_channels, kernel_size, stride, padding, null, dilation, true, output_padding, groups, bias, padding_mode,
            device, dtype)
    {
    }

    public override Tensor forward(Tensor input) => forward(input, null);

    /// <param name="output_size">The height and width wanted among those that the stride allows; null: the module's own.</param>
    public abstract Tensor forward(Tensor input, long[]? output_size);
}

/// <summary>The transpose of a two-dimensional convolution, on [N, C, H, W].</summary>
public sealed class ConvTranspose2d : ConvolutionTranspose
{
    internal ConvTranspose2d(
        long inChannels, long outChannels, (long, long) kernel, (long, long) stride, (long, long) padding, (long, long) outputPadding,
        (long, long) dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(
            nameof(ConvTranspose2d), inChannels, outChannels, Pair(kernel), Pair(stride), Pair(padding), Pair(dilation),
            Pair(outputPadding), groups, bias, mode, device, dtype)
    {
    }

    static long[] Pair((long, long) pair) => [pair.Item1, pair.Item2];

    public override Tensor forward(Tensor input, long[]? output_size)
    {
        long[] extra = output_size is null ? output_padding : Extra(input.shape, output_size);
        return functional.conv_transpose2d(input, weight, bias, stride, padding, extra, dilation, groups);
    }

    long[] Extra(long[] size, long[] wanted)
    {
        var extra = new long[2];
        for (int d = 0; d < 2; d++)
        {
            long least = (size[^(2 - d)] - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel_size[d] - 1) + 1;
            extra[d] = wanted[^(2 - d)] - least;
            if (extra[d] < 0 || extra[d] >= Math.Max(stride[d], dilation[d]))
                throw new ArgumentException($"an output of {wanted[^(2 - d)]} is not within {least}..{least + stride[d] - 1}");
        }
        return extra;
    }
}
