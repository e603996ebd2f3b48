using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;

namespace Diffuse.Guidance;

/// <summary>How a config names what steers beside the model's own conditions: <c>guides: [{ kind: classifier, scale: 2, guide: ... }]</c>.</summary>
public abstract record SteeringOptions
{
    /// <summary>Whether it works through the mean of sampler ddpm's step alone.</summary>
    public virtual bool NeedsAncestralStep => false;

    /// <summary>How often each step is taken, its result noised back in between.</summary>
    public virtual int Repeats => 1;

    /// <summary>The models among its guides that lead to a class.</summary>
    internal virtual IEnumerable<string> Classifiers => [];

    /// <exception cref="ConfigException">What it names is not there, or has no meaning here.</exception>
    public abstract IDenoiser Around(IDenoiser denoiser, NoiseSchedule q, IGuideSources sources);
}
