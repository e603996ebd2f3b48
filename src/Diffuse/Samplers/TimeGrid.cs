using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>The times that a sampler visits, in visiting order: from noise down to data, or up where a sampler encodes. A grid of n + 1 times has n steps.</summary>
public sealed record TimeGrid(IReadOnlyList<double> Times)
{
    public int Steps => Times.Count - 1;

    /// <summary>
    /// The way up, for encoding: the same times from the least noisy to the noisiest. Time 0 is left out, since clean data tells a denoiser no
    /// noise; the image counts as x at the first time above it.
    /// </summary>
    public TimeGrid Up() => new([.. Times.Reverse().Where(t => t > 0)]);
}

/// <summary>How a config names a grid: <c>grid: trailing</c>.</summary>
public abstract record TimeGridOptions
{
    /// <summary>Where the walk ends: at 0 with the clean image, at 1 as diffusers' <c>set_alpha_to_one: false</c> and latent-diffusion do.</summary>
    [Range(0.0, 1.0)]
    public double End { get; init; }

    /// <summary>A grid of so many steps over the process's clock.</summary>
    /// <exception cref="ConfigException">The kind has no such grid: more steps than the process has, say.</exception>
    public TimeGrid Build(ForwardProcess process, int steps)
    {
        if (steps < 1 || steps > process.Steps)
        {
            throw new ConfigException(steps < 1 ? $"{steps} sampling steps: at least 1" : $"{steps} sampling steps of a process of {process.Steps}: at most {process.Steps}");
        }

        var times = Descend(process, steps).Append(End).ToList();
        var repeated = Enumerable.Range(0, times.Count - 1).FirstOrDefault(i => !(times[i] > times[i + 1]), -1);
        if (repeated >= 0 || times[0] > process.Horizon)
        {
            throw new ConfigException(repeated >= 0
                ? $"{steps} sampling steps on this grid go from time {times[repeated]} to {times[repeated + 1]}: take fewer steps or another grid"
                : $"the grid begins at {times[0]}, beyond the process's end {process.Horizon}");
        }

        return new(times);
    }

    /// <summary>The times at which the denoiser is asked, the noisiest first.</summary>
    protected abstract IEnumerable<double> Descend(ForwardProcess process, int steps);

    /// <summary>T of a process of counted steps.</summary>
    /// <exception cref="ConfigException">It runs in continuous time.</exception>
    protected static int Count(ForwardProcess process, string kind) => process.Steps
        ?? throw new ConfigException($"grid {kind} needs a process of counted steps; trailing works on every process");
}
