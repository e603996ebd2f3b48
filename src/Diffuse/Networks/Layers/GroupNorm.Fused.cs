using Diffuse.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <remarks>Compiled with the system's libtorch: activations on the CPU take the fused kernel.</remarks>
internal sealed partial class GroupNorm
{
    partial void Fused(Tensor x, Tensor? add, Tensor? scale, Tensor? shift, bool silu, ref Tensor? y)
    {
        if (x.dtype is not (ScalarType.BFloat16 or ScalarType.Float32) || x.device_type != DeviceType.CPU)
        {
            return;
        }

        using var scope = NewDisposeScope();
        long[] perImage = [x.shape[0], x.shape[1]];
        var gain = scale is null ? weight.expand(perImage) : weight * (1 + scale);
        var offset = scale is null || shift is null ? bias.expand(perImage) : bias * (1 + scale) + shift;
        y = FusedNorm.GroupNormSilu(x, gain, offset, add?.to(ScalarType.Float32), groups, eps, silu).MoveToOuterDisposeScope();
    }
}
