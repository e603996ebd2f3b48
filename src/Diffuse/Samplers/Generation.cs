using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Latents;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>Images from noise. Each depends on its own seed alone, not on the others of its batch or on the device (but for rounding).</summary>
/// <param name="denoiser">Guided and clamped as wished.</param>
/// <param name="shape">[C, H, W] of the latents.</param>
public sealed class Generation(
    IDenoiser denoiser, ForwardProcess process, ISampler sampler, TimeGrid grid, ILatentSpace latents, IReadOnlyList<long> shape, Device device)
{
    /// <summary>Estimates of the clean image for one image.</summary>
    public int Evaluations => sampler.Evaluations(grid);

    /// <returns>[N, C, H, W] pixels in [-1, 1], one image for each seed.</returns>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Draw(IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, seeds);
        var xT = process.Prior(empty([seeds.Count, .. shape], float32, device), z);
        return latents.Decode(sampler.Sample(D, xT, grid, z)).clamp(-1, 1).MoveToOuterDisposeScope();

        Denoised D(Tensor x, double t)
        {
            stop.ThrowIfCancellationRequested();
            return denoiser.Denoise(x, t, given);
        }
    }
}
