using System.ComponentModel.DataAnnotations;
using Diffuse.Denoising;
using Diffuse.Samplers;

namespace Diffuse.Configuration;

/// <summary>How images are drawn: the section <c>sampling</c>. The sheets of training and <c>diffuse sample</c> both follow it.</summary>
public sealed record SamplingOptions
{
    public SamplerOptions Sampler { get; init; } = new DdimOptions();

    /// <summary>The times that the sampler visits.</summary>
    public TimeGridOptions Grid { get; init; } = new TrailingOptions();

    [Range(1, 1_000_000)]
    public int Steps { get; init; } = 50;

    /// <summary>s of classifier-free guidance, x0_u + s (x0_c - x0_u): 0 is the unconditional model, 1 the conditional one.</summary>
    [Range(0.0, 1000.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>Where each estimate of x0 is held: the range of images, none, or dynamic for large guidance.</summary>
    public ThresholdOptions Threshold { get; init; } = new ClampOptions();

    /// <summary>Images.</summary>
    [Range(1, 10_000_000)]
    public int Count { get; init; } = 64;
}
