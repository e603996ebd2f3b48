using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>Over what norms in a Langevin step are taken.</summary>
public enum Norms
{
    /// <summary>Each image by itself, so that it does not depend on the images beside it.</summary>
    Image,

    /// <summary>The mean over the batch, as published.</summary>
    Batch,
}

/// <summary>
/// Langevin steps x + h score + sqrt(2 h) z of size h = 2 a (r |z| / |score|)^2 (Song et al. 2021, algorithms 4 and 5), r the ratio of the two
/// parts' norms that is aimed at, a the squared scale of the process's discrete step from s to t (DDPM's 1 - beta, 1 for VE).
/// </summary>
internal sealed class Langevin(NoiseSchedule q, int steps, double r, Norms norms = Norms.Image) : ICorrector
{
    /// <inheritdoc/>
    public int Steps => steps;

    /// <inheritdoc/>
    public Tensor Correct(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var a = Math.Pow(q.Discretized(s, t).Scale, 2);
        for (var i = 0; i < steps; i++)
        {
            var score = q.Score(x, D(x, t).X0, t);
            var noise = z.Normal(x);
            var h = 2 * a * (r * Norm(noise) / Norm(score)).square();
            x = x + h * score + (2 * h).sqrt() * noise;
        }

        return x;
    }

    /// <summary>[N, 1, 1, 1], or [1, 1, 1, 1] for the whole batch.</summary>
    private Tensor Norm(Tensor v)
    {
        var perImage = v.flatten(1).square().sum([1]).sqrt();
        return (norms == Norms.Image ? perImage : perImage.mean([0], keepdim: true)).reshape(-1, 1, 1, 1);
    }
}

/// <summary>
/// Langevin steps whose size follows the score; for images, whose norms hardly vary (a score that happens to be near 0 makes a huge step).
/// </summary>
[Kind("langevin")]
public sealed record LangevinOptions : LangevinCorrectorOptions
{
    /// <summary>image, or batch as published.</summary>
    public Norms Norms { get; init; }

    /// <inheritdoc/>
    public override ICorrector Build(NoiseSchedule q) => new Langevin(q, Steps, Snr, Norms);
}
