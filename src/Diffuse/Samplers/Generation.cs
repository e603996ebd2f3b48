using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Latents;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>Images from noise, and noise from images. Each depends on its own seed alone, not on the others of its batch or on the device (but for rounding).</summary>
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
        using var z = new PerImageNoise(0, seeds);
        using var xT = process.Prior(Like(seeds.Count), z);
        return Decode(xT, given, z, stop);
    }

    /// <summary>x_T [N, C, H, W] that <see cref="Draw"/> starts from, one for each seed.</summary>
    public Tensor Start(IReadOnlyList<long> seeds)
    {
        using var z = new PerImageNoise(0, seeds);
        return process.Prior(Like(seeds.Count), z);
    }

    /// <summary>x_T of images [N, C, H, W], up the grid; for samplers that encode (Song et al. 2020, section 4.3).</summary>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Encode(Tensor images, Condition given, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        return sampler.Sample(Bound(given, stop), latents.Encode(images), grid.Up(), Silence.Instance).MoveToOuterDisposeScope();
    }

    /// <summary>The images of x_T [N, C, H, W], down the grid without noise; for samplers that encode.</summary>
    /// <returns>[N, C, H, W] pixels in [-1, 1].</returns>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Decode(Tensor xT, Condition given, CancellationToken stop) => Decode(xT, given, Silence.Instance, stop);

    private Tensor Decode(Tensor xT, Condition given, INoise z, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        return latents.Decode(sampler.Sample(Bound(given, stop), xT, grid, z)).MoveToOuterDisposeScope();
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
        var (x0, t, D) = (latents.Encode(pixels), grid.Times[0], Bound(given, stop));
        var xT = process.Corrupt(x0, Times.All(t, x0.shape[0]), z.Normal(x0));
        return new(Decoded(xT), Decoded(D(xT, t).X0), Decoded(sampler.Sample(D, xT, grid, z)));

        Tensor Decoded(Tensor x) => latents.Decode(x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Variations of images (Meng et al. 2021, SDEdit): noise is added as far up the grid as <paramref name="strength"/> says, and taken away.
    /// </summary>
    /// <param name="pixels">[N, C, H, W] in [-1, 1].</param>
    /// <param name="strength">In (0, 1]: the share of the grid's steps that is walked.</param>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Vary(Tensor pixels, double strength, IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, seeds);
        var x0 = latents.Encode(pixels);
        var walked = new TimeGrid([.. grid.Times.Skip(grid.Steps - Math.Clamp((int)Math.Round(strength * grid.Steps), 1, grid.Steps))]);
        var x = process.Corrupt(x0, Times.All(walked.Times[0], x0.shape[0]), z.Normal(x0));
        return latents.Decode(sampler.Sample(Bound(given, stop), x, walked, z)).MoveToOuterDisposeScope();
    }

    /// <summary>Makes up a part of images, by a model that knows whole ones only; see <see cref="Replacement"/>.</summary>
    /// <param name="pixels">[N, C, H, W] in [-1, 1].</param>
    /// <param name="unknown">[N or 1, 1, H, W], 1 where they are to be made up.</param>
    /// <param name="repeats">How often each step is taken.</param>
    /// <exception cref="ConfigException">The process is a degradation, which has no noised pixels to put in.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public Tensor Fill(Tensor pixels, Tensor unknown, int repeats, IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        var q = process as NoiseSchedule ?? throw new ConfigException("--mask needs a process that adds Gaussian noise, or a model that is told masked images");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, seeds);
        var xT = process.Prior(Like(seeds.Count), z);
        var x0 = latents.Encode(pixels);
        var hole = latents.IsPixels ? unknown : nn.functional.max_pool2d(unknown, unknown.shape[2] / x0.shape[2]);
        var filling = new Replacement(sampler, q, x0, hole, repeats);
        return latents.Decode(filling.Sample(Bound(given, stop), xT, grid, z)).MoveToOuterDisposeScope();
    }

    private Tensor Like(int count) => empty([count, .. shape], float32, device);

    private Denoiser Bound(Condition given, CancellationToken stop) => (x, t) =>
    {
        stop.ThrowIfCancellationRequested();
        return denoiser.Denoise(x, t, given);
    };

    /// <summary>Nobody may ask it.</summary>
    private sealed class Silence : INoise
    {
        public static Silence Instance { get; } = new();

        public Tensor Normal(Tensor like) => throw new InvalidOperationException("a sampler that encodes draws no noise");
    }
}

/// <summary>What <see cref="Generation.Restore"/> made of images, each [N, C, H, W] in [-1, 1].</summary>
/// <param name="Degraded">x_T.</param>
/// <param name="Direct">D(x_T; T), the restoration in one step.</param>
/// <param name="Images">The sampler's restoration.</param>
public readonly record struct Restored(Tensor Degraded, Tensor Direct, Tensor Images);
