using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A convolution with bias, [N, in, H, W] to [N, out, H', W'], in the arithmetic of the given precision.</summary>
internal sealed partial class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Precision precision;
    private readonly long[] strides;
    private readonly long[] padding;

    /// <param name="zero">The last layer of a residual branch or of the network starts at zero, so that the block starts as the identity
    /// (Ho et al. 2020, appendix B; Dhariwal and Nichol 2021).</param>
    public Conv2d(
        int input, int output, int kernel, Precision precision, Generator? generator, int stride = 1, int? padding = null, bool zero = false)
        : base(nameof(Conv2d))
    {
        this.precision = precision;
        strides = [stride, stride];
        this.padding = [padding ?? kernel / 2, padding ?? kernel / 2];
        var fanIn = input * kernel * kernel;
        weight = zero ? Initial.Zeros(generator, output, input, kernel, kernel) : Initial.Uniform(fanIn, generator, output, input, kernel, kernel);
        bias = zero ? Initial.Zeros(generator, output) : Initial.Uniform(fanIn, generator, output);
        register_parameter("weight", weight);
        register_parameter("bias", bias);
    }

    /// <summary>[out, in, kernel, kernel].</summary>
    public Parameter Weight => weight;

    public long Stride => strides[0];

    /// <inheritdoc cref="PrecisionOfTensors.Settle"/>
    public void Settle() => this.to(precision.Type());

    public override Tensor forward(Tensor x)
    {
        x = precision.Cast(x);
        Tensor? quicker = null;
        Transformed(x, ref quicker);
        return quicker ?? Convolve(x, precision.Cast(weight), precision.Cast(bias));
    }

    /// <summary>The same convolution of anything, by libtorch.</summary>
    public Tensor Convolve(Tensor x, Tensor kernel, Tensor offset) => nn.functional.conv2d(x, kernel, offset, strides, padding);

    /// <summary>By a transform of x and weights with fewer multiplications, where there is one for this layer and size and it is quicker.</summary>
    partial void Transformed(Tensor x, ref Tensor? y);
}
