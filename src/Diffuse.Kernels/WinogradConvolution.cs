using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>Convolutions of 3x3 with 16 multiplications where the direct ones have 36 (Lavin and Gray 2016), in bf16 on processors with AVX512-BF16.</summary>
public static class WinogradConvolution
{
    private const long Lanes = 16;

    private static readonly Operator ConvolutionOperator = Kernels.Operator("convolution3x3");
    private static readonly Operator IsQuickerOperator = Kernels.Operator("convolution3x3_is_quicker");

    /// <summary>Whether this processor has AVX512-BF16, and not AMX, with which libtorch's own are quicker.</summary>
    public static bool IsQuicker { get; } = IsQuickerOperator.Bool();

    /// <summary>Whether it is [K, C, 3, 3], K and C multiples of 16.</summary>
    public static bool Takes(Tensor weight) => weight.shape is [var output, var input, 3, 3] && output % Lanes == 0 && input % Lanes == 0;

    /// <summary>x convolved with the weights, with a border of one zero, and the bias: sums in float32 of products in bf16.</summary>
    /// <param name="x">[N, C, H, W] bf16 on the CPU; quickest channels-last.</param>
    /// <param name="weight">[K, C, 3, 3] that <see cref="Takes"/> accepts, float32 or bf16.</param>
    /// <param name="bias">[K] like the weights.</param>
    /// <returns>[N, K, H, W] bf16, channels-last. It can be differentiated twice, the second time by operators of libtorch.</returns>
    /// <exception cref="ExternalException">A shape, type or device that is none of these, or a processor without the instructions.</exception>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias) => ConvolutionOperator.One(x, weight, bias);
}
