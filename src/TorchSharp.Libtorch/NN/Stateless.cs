using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

public interface IParameterLessModule
{
}

/// <summary>A module without state: nothing to register, to move or to convert.</summary>
public abstract class ParameterLessModule<T1, TResult> : Module<T1, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name)
        : base(name)
    {
    }

    public override void register_module(string name, Module submodule) => throw Stateless();

    public override void register_parameter(string name, Parameter param) => throw Stateless();

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw Stateless();

    static InvalidOperationException Stateless() => new("A module without parameters cannot register components.");
}

public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
{
    internal SiLU(bool inplace)
        : base(nameof(SiLU)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.silu(tensor, inplace);
}

public sealed class GELU : ParameterLessModule<Tensor, Tensor>
{
    internal GELU(bool inplace)
        : base(nameof(GELU)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.gelu(tensor, inplace);
}

public sealed class ReLU : ParameterLessModule<Tensor, Tensor>
{
    internal ReLU(bool inplace)
        : base(nameof(ReLU)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.relu(tensor, inplace);
}

public sealed class Sigmoid : ParameterLessModule<Tensor, Tensor>
{
    internal Sigmoid(bool inplace)
        : base(nameof(Sigmoid)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.sigmoid(tensor, inplace);
}

public sealed class Tanh : ParameterLessModule<Tensor, Tensor>
{
    internal Tanh(bool inplace)
        : base(nameof(Tanh)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.tanh(tensor, inplace);
}

public sealed class LeakyReLU : ParameterLessModule<Tensor, Tensor>
{
    internal LeakyReLU(double slope, bool inplace)
        : base(nameof(LeakyReLU)) => (negative_slope, this.inplace) = (slope, inplace);

    public double negative_slope { get; set; }

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.leaky_relu(tensor, negative_slope, inplace);
}

public sealed class Softmax : ParameterLessModule<Tensor, Tensor>
{
    internal Softmax(long dim)
        : base(nameof(Softmax)) => this.dim = dim;

    public long dim { get; set; }

    public override Tensor forward(Tensor tensor) => tensor.softmax(dim);
}

/// <summary>Returns its argument, as another handle.</summary>
public sealed class Identity : ParameterLessModule<Tensor, Tensor>
{
    internal Identity()
        : base(nameof(Identity))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.alias();
}

/// <summary>In training, zeroes each element with probability p and scales the rest by 1/(1 - p).</summary>
public sealed class Dropout : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout(double p, bool inplace)
        : base(nameof(Dropout)) => (this.p, this.inplace) = (p, inplace);

    public double p { get; set; }

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => functional.dropout(tensor, p, training, inplace);
}

/// <summary>Dropout of whole channels.</summary>
public sealed class Dropout2d : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout2d(double p, bool inplace)
        : base(nameof(Dropout2d)) => (this.p, this.inplace) = (p, inplace);

    public double p { get; set; }

    public bool inplace { get; set; }

    public override Tensor forward(Tensor input) => functional.dropout2d(input, p, training, inplace);
}

public sealed class Flatten : ParameterLessModule<Tensor, Tensor>
{
    internal Flatten(long start, long end)
        : base(nameof(Flatten)) => (start_dim, end_dim) = (start, end);

    public long start_dim { get; set; }

    public long end_dim { get; set; }

    public override Tensor forward(Tensor input) => input.flatten(start_dim, end_dim);
}

/// <summary>The mean over windows of [N, C, H, W].</summary>
public sealed class AvgPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal AvgPool2d(long[] kernel, long[]? stride, long[]? padding, bool ceil, bool countPadding, long? divisor)
        : base(nameof(AvgPool2d))
    {
        (kernel_size, this.stride, this.padding) = (kernel, stride ?? kernel, padding ?? [0, 0]);
        (ceil_mode, count_include_pad, divisor_override) = (ceil, countPadding, divisor);
    }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] padding { get; set; }

    public bool ceil_mode { get; set; }

    public bool count_include_pad { get; set; }

    public long? divisor_override { get; set; }

    public override Tensor forward(Tensor input) =>
        functional.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);
}

/// <summary>The largest value of windows of [N, C, H, W].</summary>
public sealed class MaxPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal MaxPool2d(long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil)
        : base(nameof(MaxPool2d))
    {
        (kernel_size, this.stride, this.padding) = (kernel, stride ?? kernel, padding ?? [0, 0]);
        (this.dilation, ceil_mode) = (dilation ?? [1, 1], ceil);
    }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] padding { get; set; }

    public long[] dilation { get; set; }

    public bool ceil_mode { get; set; }

    public override Tensor forward(Tensor input) => functional.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode);

    public (Tensor Values, Tensor Indices) forward_with_indices(Tensor input) =>
        functional.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode);
}

public sealed class AdaptiveAvgPool2d : ParameterLessModule<Tensor, Tensor>
{
    internal AdaptiveAvgPool2d(long[] size)
        : base(nameof(AdaptiveAvgPool2d)) => output_size = size;

    public long[] output_size { get; set; }

    public override Tensor forward(Tensor input) => functional.adaptive_avg_pool2d(input, output_size);
}

public sealed class PixelShuffle : ParameterLessModule<Tensor, Tensor>
{
    internal PixelShuffle(long factor)
        : base(nameof(PixelShuffle)) => upscale_factor = factor;

    public long upscale_factor { get; set; }

    public override Tensor forward(Tensor input) => functional.pixel_shuffle(input, upscale_factor);
}

public sealed class PixelUnshuffle : ParameterLessModule<Tensor, Tensor>
{
    internal PixelUnshuffle(long factor)
        : base(nameof(PixelUnshuffle)) => downscale_factor = factor;

    public long downscale_factor { get; set; }

    public override Tensor forward(Tensor input) => functional.pixel_unshuffle(input, downscale_factor);
}

/// <summary>Resizes the spatial dimensions to a size or by factors.</summary>
public sealed class Upsample : ParameterLessModule<Tensor, Tensor>
{
    readonly long[]? sizes;
    readonly double[]? factors;

    internal Upsample(long[]? size, double[]? factor, UpsampleMode mode, bool? alignCorners, bool? recompute)
        : base(nameof(Upsample))
    {
        (sizes, factors, this.mode) = (size, factor, mode);
        (align_corners, recompute_scale_factor) = (alignCorners, recompute);
    }

    public ReadOnlySpan<long> size => sizes;

    public ReadOnlySpan<double> scale_factor => factors;

    public UpsampleMode mode { get; }

    public bool? align_corners { get; }

    public bool? recompute_scale_factor { get; set; }

    public override Tensor forward(Tensor input) => functional.interpolate(
        input, sizes, factors, Enum.Parse<InterpolationMode>(mode.ToString()), align_corners, recompute_scale_factor ?? false);
}
