using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// First values of parameters, drawn on the CPU from a generator that is handed down: the same on every device. Without a generator the parameters of
/// convolutions, linear layers and tables have shapes but neither values nor memory: they are on libtorch's META device.
/// </summary>
internal static class Initial
{
    /// <summary>U(-bound, bound), bound = 1 / sqrt(fan in): PyTorch's law for weights and biases of linear layers and convolutions.</summary>
    public static Parameter Uniform(long fanIn, Generator? generator, params long[] shape)
    {
        var bound = 1 / Math.Sqrt(fanIn);
        return generator is null ? Shape(shape) : new Parameter(empty(shape, float32).uniform_(-bound, bound, generator));
    }

    /// <summary>N(0, std^2).</summary>
    public static Parameter Normal(double std, Generator? generator, params long[] shape) =>
        generator is null ? Shape(shape) : new(empty(shape, float32).normal_(0, std, generator));

    /// <summary>Zeros, where parameters have values at all.</summary>
    public static Parameter Zeros(Generator? generator, params long[] shape) => generator is null ? Shape(shape) : Zeros(shape);

    public static Parameter Zeros(params long[] shape) => new(zeros(shape, float32));

    public static Parameter Ones(params long[] shape) => new(ones(shape, float32));

    private static Parameter Shape(long[] shape) => new(empty(shape, float32, META));
}
