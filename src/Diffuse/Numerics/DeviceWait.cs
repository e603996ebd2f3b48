using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

internal static class DeviceWait
{
    /// <summary>Until a GPU has done all that it was asked for; a processor has.</summary>
    public static void Wait(this Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
