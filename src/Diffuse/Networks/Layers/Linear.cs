using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>x W^T + b, or x W^T, over the last dimension, in the arithmetic of the given precision.</summary>
internal sealed class Linear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Precision precision;

    public Linear(int input, int output, Precision precision, Generator? generator, bool zero = false, bool withBias = true)
        : base(nameof(Linear))
    {
        this.precision = precision;
        weight = zero ? Initial.Zeros(generator, output, input) : Initial.Uniform(input, generator, output, input);
        register_parameter("weight", weight);
        if (withBias)
        {
            bias = zero ? Initial.Zeros(generator, output) : Initial.Uniform(input, generator, output);
            register_parameter("bias", bias);
        }
    }

    /// <inheritdoc cref="PrecisionOfTensors.Settle"/>
    public void Settle() => this.to(precision.Type());

    public override Tensor forward(Tensor x) => nn.functional.linear(precision.Cast(x), precision.Cast(weight), bias is null ? null : precision.Cast(bias));
}
