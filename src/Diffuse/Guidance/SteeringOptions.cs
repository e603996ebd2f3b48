using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>How a config names what steers beside the model's own conditions: <c>guides: [{ kind: classifier, scale: 2, guide: ... }]</c>.</summary>
public abstract record SteeringOptions
{
    /// <summary>What it asks about images.</summary>
    public GuideOptions Guide { get; init; } = new ClassifierGuideOptions();

    /// <summary>
    /// The largest noise level sigma / alpha at which it pulls. Above, images hold next to nothing that a network could read, and what it errs moves the estimate
    /// of x0 by sigma^2 / alpha times as much.
    /// </summary>
    [Range(1e-3, 1e9)]
    public double MaxNoise { get; init; } = 20;

    /// <summary>What a sheet of images says of it.</summary>
    public abstract string Caption { get; }

    /// <summary>Whether it works through the mean of sampler ddpm's step alone.</summary>
    public virtual bool NeedsAncestralStep => false;

    /// <summary>How often each step is taken, its result noised back in between.</summary>
    public virtual int Repeats => 1;

    /// <exception cref="ConfigException">What it names is not there, or has no meaning here.</exception>
    public abstract IDenoiser Around(IDenoiser denoiser, NoiseSchedule q, IGuideSources sources);
}

/// <summary>One denoiser up to a noise level sigma / alpha, another above.</summary>
internal sealed class UpToNoise(IDenoiser below, IDenoiser above, NoiseSchedule q, double level) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given) => (q.Sigma(t) <= level * q.Alpha(t) ? below : above).Denoise(x, t, given);
}
