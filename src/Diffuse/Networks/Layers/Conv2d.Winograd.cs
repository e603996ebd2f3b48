using Diffuse.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <remarks>Compiled with the system's libtorch: convolutions of 3x3 on the CPU take Winograd's algorithm, where there are pixels enough to pay for the transform of the weights.</remarks>
internal sealed partial class Conv2d
{
    private const long FewestTiles = 256;

    partial void Transformed(Tensor x, ref Tensor? y)
    {
        if (strides[0] == 1 && padding[0] == 1 && x.device_type == DeviceType.CPU &&
            x.numel() / (4 * x.shape[1]) >= FewestTiles && WinogradConvolution.IsQuicker(x.dtype, weight))
        {
            y = WinogradConvolution.Convolve(x, weight, bias);
        }
    }
}
