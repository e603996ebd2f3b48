using Diffuse.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <remarks>Compiled with the system's libtorch: float32 and bf16 on the CPU take the fused kernel.</remarks>
internal sealed partial class Attention
{
    static partial void Fused(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor? closed, ref Tensor? y)
    {
        if (q.dtype is ScalarType.Float32 or ScalarType.BFloat16 && q.device_type == DeviceType.CPU)
        {
            y = FusedAttention.Attention(q, k, v, heads, scale, closed?.to(ScalarType.Float32));
        }
    }
}
