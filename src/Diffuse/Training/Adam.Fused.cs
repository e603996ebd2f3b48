using Diffuse.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <remarks>Compiled with the system's libtorch: float32 weights on the CPU take the fused kernel.</remarks>
internal sealed partial class Adam
{
    partial void Fused(double rate, long k, Tensor? scale, IReadOnlyList<(Ema Average, double Keep)> averages, ref bool done)
    {
        var (w, g) = (parameters.Values, parameters.Gradients);
        if (w.dtype != ScalarType.Float32 || w.device_type != DeviceType.CPU)
        {
            return;
        }

        FusedAdam.Step(
            w, g, Mean, MeanSquare, [.. averages.Select(one => (one.Average.Values, one.Keep))], scale?.to(float64).item<double>() ?? 1,
            rate, beta1, beta2, Eps, k, decay, decoupled);
        done = true;
    }
}
