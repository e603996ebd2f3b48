using Diffuse.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <remarks>Compiled with the system's libtorch: float32 on the CPU takes the fused kernel, bf16 libtorch's products of matrices.</remarks>
internal sealed partial class Attention
{
    static partial void Fused(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor? closed, ref Tensor? y)
    {
        if (q.dtype == ScalarType.Float32 && q.device_type == DeviceType.CPU)
        {
            y = FusedAttention.Attention(q, k, v, heads, scale, closed);
        }
    }
}
