using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>Attention whose logits are never written to memory.</summary>
public static class FusedAttention
{
    private static readonly Operator AttentionOperator = Kernels.Operator("attention");

    /// <summary>softmax(scale q k^T + bias) v (Vaswani et al. 2017) in heads beside each other in C.</summary>
    /// <param name="q">[N, L, C] float32 or bf16 on the CPU.</param>
    /// <param name="k">[N, M, C] like q.</param>
    /// <param name="v">[N, M, C] like q.</param>
    /// <param name="bias">[N, M] float32, without a gradient; null for none.</param>
    /// <returns>[N, L, C]. It can be differentiated twice, the second time by operators of libtorch.</returns>
    /// <exception cref="ExternalException">A shape, type or device that is none of these.</exception>
    public static Tensor Attention(Tensor q, Tensor k, Tensor v, long heads, double scale, Tensor? bias) => AttentionOperator.One(q, k, v, heads, scale, bias);
}
