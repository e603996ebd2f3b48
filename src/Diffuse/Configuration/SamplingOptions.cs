using System.ComponentModel.DataAnnotations;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Samplers;

namespace Diffuse.Configuration;

/// <summary>How images are drawn: the section <c>sampling</c>. The sheets of training and <c>diffuse sample</c> both follow it.</summary>
public sealed record SamplingOptions : IValidatableObject
{
    public SamplerOptions Sampler { get; init; } = new DdimOptions();

    /// <summary>The times that the sampler visits.</summary>
    public TimeGridOptions Grid { get; init; } = new TrailingOptions();

    [Range(1, 1_000_000)]
    public int Steps { get; init; } = 50;

    /// <summary>s of classifier-free guidance, x0_u + s (x0_c - x0_u): 0 is the unconditional model, 1 the conditional one.</summary>
    [Range(0.0, 1000.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>Guided at noise levels sigma / alpha above the first number, up to the second, alone; none: at all.</summary>
    public IReadOnlyList<double> GuidanceInterval { get; init; } = [];

    /// <summary>The share of the guided estimate that is brought to the spread of the conditional one, against glaring images at large scales.</summary>
    [Range(0.0, 1.0)]
    public double GuidanceRescale { get; init; }

    /// <summary>A worse model of the same images (a smaller one, or an earlier checkpoint) that guides in place of the unconditional one.</summary>
    [ConfigPath]
    public string Autoguidance { get; init; } = "";

    /// <summary>What steers beside the model's own conditions, in this order.</summary>
    public IReadOnlyList<SteeringOptions> Guides { get; init; } = [];

    /// <summary>What images show in turn where nothing else is asked for, for models of captions; none: captions of images held out of training.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>A run with latents: clip that draws image embeddings of prompts, for a model that is told an image embedding.</summary>
    [ConfigPath]
    public string Prior { get; init; } = "";

    /// <summary>A run with condition low-resolution that enlarges what is drawn.</summary>
    [ConfigPath]
    public string Upsampler { get; init; } = "";

    /// <summary>Where each estimate of x0 is held: the range of images, none, or dynamic for large guidance. Null: clamp in pixels, none in latents.</summary>
    public ThresholdOptions? Threshold { get; init; }

    /// <summary>How often each step is taken where a part of a given image is made up by a model that was not trained for it (RePaint).</summary>
    [Range(1, 1000)]
    public int FillRepeats { get; init; } = 5;

    /// <summary>Images.</summary>
    [Range(1, 10_000_000)]
    public int Count { get; init; } = 64;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (GuidanceInterval is not ([] or [>= 0, _]) || (GuidanceInterval is [var low, var high] && !(low < high)))
        {
            yield return new("allowed: two noise levels sigma / alpha, the lower one from 0 first, or none", [nameof(GuidanceInterval)]);
        }
    }
}
