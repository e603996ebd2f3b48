using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>Group normalization and SiLU in one pass over memory forward and two backward, for activations on the CPU.</summary>
public static class FusedNorm
{
    private static readonly Operator GroupNormSiluOperator = Kernels.Operator("group_norm_silu");

    /// <summary>y = silu(gain xhat + bias), xhat = x + add normalized over the pixels and channels of each of the groups (Wu and He 2018).</summary>
    /// <param name="x">[N, C, H, W] bf16 or float32 on the CPU; quickest channels-last.</param>
    /// <param name="gain">[N, C] float32.</param>
    /// <param name="bias">[N, C] float32.</param>
    /// <param name="add">[N, C] float32; null for none.</param>
    /// <param name="silu">False: y = gain xhat + bias.</param>
    /// <returns>Like x, channels-last. It can be differentiated twice, the second time by operators of libtorch.</returns>
    /// <exception cref="ExternalException">A shape, type or device that is none of these.</exception>
    public static Tensor GroupNormSilu(Tensor x, Tensor gain, Tensor bias, Tensor? add, long groups, double eps, bool silu) =>
        GroupNormSiluOperator.One(x, gain, bias, add, groups, eps, silu);
}
