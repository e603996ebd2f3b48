using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>Convolutions of 3x3 with 16 multiplications where the direct ones have 36 (Lavin and Gray 2016), for activations on the CPU.</summary>
public static class WinogradConvolution
{
    private const long Multiple = 16;

    private static readonly Operator ConvolutionOperator = Kernels.Operator("convolution3x3");
    private static readonly Operator IsQuickerOperator = Kernels.Operator("convolution3x3_is_quicker");
    private static readonly bool isQuickerInBf16 = IsQuickerOperator.Bool(true);
    private static readonly bool isQuickerInFloat32 = IsQuickerOperator.Bool(false);

    /// <summary>
    /// Whether the processor has instructions for it, in float32 AVX2 or AVX512, in bf16 AVX512-BF16 but not AMX, with which libtorch's own convolutions are quicker; and
    /// the weights are [K, C, 3, 3], K and C multiples of 16.
    /// </summary>
    public static bool IsQuicker(ScalarType type, Tensor weight) =>
        (type == ScalarType.BFloat16 ? isQuickerInBf16 : type == ScalarType.Float32 && isQuickerInFloat32) &&
        weight.shape is [var output, var input, 3, 3] && output % Multiple == 0 && input % Multiple == 0;

    /// <summary>x convolved with the weights, with a border of one zero, and the bias: sums in float32 of products in the type of x.</summary>
    /// <param name="x">[N, C, H, W] float32 or bf16 on the CPU; quickest channels-last.</param>
    /// <param name="weight">[K, C, 3, 3], K and C multiples of 16, like x or float32.</param>
    /// <param name="bias">[K] like the weights.</param>
    /// <returns>[N, K, H, W] like x, channels-last. It can be differentiated twice, the second time by operators of libtorch.</returns>
    /// <exception cref="ExternalException">A shape, type or device that is none of these, or a processor without the instructions.</exception>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor bias) => ConvolutionOperator.One(x, weight, bias);
}
