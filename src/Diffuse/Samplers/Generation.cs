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
    /// <summary>Passes through the network for one image, one for each step.</summary>
    public int Steps => grid.Steps;

    /// <returns>[N, C, H, W] pixels in [-1, 1], one image for each seed.</returns>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Draw(IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, seeds);
        var xT = process.Prior(empty([seeds.Count, .. shape], float32, device), z);
        return latents.Decode(sampler.Sample(D, xT, grid, z)).clamp(-1, 1).MoveToOuterDisposeScope();

        Denoised D(Tensor x, double t) => Denoise(x, t, given, stop);
    }

    /// <summary>Corrupts images to the first time of the grid and takes them back.</summary>
    /// <param name="pixels">[N, C, H, W] in [-1, 1].</param>
    /// <param name="seeds">Of what is random in the process and in the sampler, one for each image.</param>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Restored Restore(Tensor pixels, IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, seeds);
        var (x0, t) = (latents.Encode(pixels), grid.Times[0]);
        var xT = process.Corrupt(x0, Times.All(t, x0.shape[0]), z.Normal(x0));
        return new(Decoded(xT), Decoded(D(xT, t).X0), Decoded(sampler.Sample(D, xT, grid, z)));

        Denoised D(Tensor x, double time) => Denoise(x, time, given, stop);

        Tensor Decoded(Tensor x) => latents.Decode(x).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    private Denoised Denoise(Tensor x, double t, Condition given, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return denoiser.Denoise(x, t, given);
    }
}

/// <summary>What <see cref="Generation.Restore"/> made of images, each [N, C, H, W] in [-1, 1].</summary>
/// <param name="Degraded">x_T.</param>
/// <param name="Direct">D(x_T; T), the restoration in one step.</param>
/// <param name="Images">The sampler's restoration.</param>
public readonly record struct Restored(Tensor Degraded, Tensor Direct, Tensor Images);
