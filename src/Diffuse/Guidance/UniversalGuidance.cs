using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>
/// Guidance by anything that knows clean images (Bansal et al. 2023, algorithm 1), asked about the clean estimate x0 = D(x_t):
///   forward: x0 += w sigma^2 / alpha grad_{x_t} log p(y | D(x_t)), the gradient through the denoiser;
///   backward: x0 += Delta, Delta from m steps of gradient ascent on log p(y | x0 + Delta).
/// The repetition of steps is the sampler's: <see cref="Samplers"/> Recurrence.
/// </summary>
/// <param name="forward">w; 0: none.</param>
/// <param name="steps">m; 0: no backward guidance.</param>
/// <param name="rate">The length of an ascent step relative to the root mean square of the gradient's elements.</param>
internal sealed class UniversalGuidance(IDenoiser inner, NoiseSchedule q, IGuide guide, double forward, int steps, double rate) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        Denoised d = default;
        if (forward == 0)
        {
            d = inner.Denoise(x, t, given);
        }
        else
        {
            var gradient = Gradients.Of(x, at =>
            {
                d = inner.Denoise(at, t, given);
                return guide.LogProbability(d.Unclamped, 0, given);
            });
            var shift = forward * q.Sigma(t) * q.Sigma(t) / q.Alpha(t) * gradient;
            d = new Denoised(d.X0.detach() + shift, d.V?.detach(), d.Raw is { } raw ? raw.detach() + shift : null);
        }

        if (steps == 0)
        {
            return d;
        }

        var x0 = d.X0;
        for (var i = 0; i < steps; i++)
        {
            var up = Gradients.Of(x0, at => guide.LogProbability(at, 0, given));
            var size = up.flatten(1).square().mean([1]).sqrt().clamp(min: 1e-12).view([x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)]);
            x0 = x0 + rate * up / size;
        }

        var delta = x0 - d.X0;
        return d with { X0 = x0, Raw = d.Raw is { } unclamped ? unclamped + delta : null };
    }
}

/// <summary>A guide of clean images: through the denoiser, on its estimate, and by repeated steps.</summary>
[Kind("universal")]
public sealed record UniversalGuidanceOptions : SteeringOptions
{
    /// <summary>w, the scale of the gradient through the denoiser; 0: none.</summary>
    [Range(0.0, 1e6)]
    public double Forward { get; init; } = 1;

    /// <summary>m, steps of ascent on the clean estimate; 0: none.</summary>
    [Range(0, 1000)]
    public int BackwardSteps { get; init; }

    /// <summary>The length of such a step, in units of the image's range halved.</summary>
    [Range(1e-6, 10)]
    public double BackwardRate { get; init; } = 0.02;

    /// <summary>k, how often each step of the sampler is taken; 1: once.</summary>
    [Range(1, 100)]
    public int Recurrence { get; init; } = 1;

    /// <inheritdoc/>
    public override string Caption => FormattableString.Invariant(
        $"{Guide.Caption} forward {Forward}{(BackwardSteps > 0 ? $", backward {BackwardSteps} x {BackwardRate}" : "")}{(Recurrence > 1 ? $", each step {Recurrence} times" : "")}");

    /// <inheritdoc/>
    public override int Repeats => Recurrence;

    /// <inheritdoc/>
    public override IDenoiser Around(IDenoiser denoiser, NoiseSchedule q, IGuideSources sources) =>
        new UniversalGuidance(denoiser, q, sources.Guide(Guide), Forward, BackwardSteps, BackwardRate);
}
