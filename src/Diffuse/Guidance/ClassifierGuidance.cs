using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>Where a classifier's gradient enters.</summary>
public enum GuidanceForm
{
    /// <summary>The score, and with it the estimate of x0: for every sampler (Dhariwal and Nichol 2021, algorithm 2).</summary>
    Score,

    /// <summary>The mean of the ancestral step, shifted by its variance times the gradient (algorithm 1): for sampler ddpm.</summary>
    Mean,
}

/// <summary>
/// Guidance by the gradient of log p(y | x_t) (Dhariwal and Nichol 2021, section 4; Song et al. 2021, section 5): the score gains w grad log p, so that
///   x0 += w sigma^2 / alpha grad log p(y | x_t),
/// behind any clamp and unclamped. With the exact classifier and w = 1 the marginal denoiser becomes the conditional one.
/// </summary>
/// <param name="scale">w; 0: no guidance.</param>
internal sealed class ClassifierGuidance(IDenoiser inner, NoiseSchedule q, IGuide guide, double scale, GuidanceForm form = GuidanceForm.Score) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        var d = inner.Denoise(x, t, given);
        if (scale == 0)
        {
            return d;
        }

        var gradient = scale * Gradients.Of(x, at => guide.LogProbability(at, t, given));
        if (form == GuidanceForm.Mean)
        {
            return d with { Gradient = d.Gradient is { } other ? other + gradient : gradient };
        }

        var shift = q.Sigma(t) * q.Sigma(t) / q.Alpha(t) * gradient;
        return d with { X0 = d.X0 + shift, Raw = d.Raw is { } raw ? raw + shift : null };
    }
}

/// <summary>A network that reads noised images pulls at every step.</summary>
[Kind("classifier")]
public sealed record ClassifierGuidanceOptions : SteeringOptions
{
    /// <summary>w, the gradient's scale; 0: none.</summary>
    [Range(0.0, 1e6)]
    public double Scale { get; init; } = 1;

    /// <summary>score or mean.</summary>
    public GuidanceForm Form { get; init; } = GuidanceForm.Score;

    /// <inheritdoc/>
    public override string Caption => FormattableString.Invariant($"{Guide.Caption} {Scale}{(Form == GuidanceForm.Mean ? " on the mean" : "")}");

    /// <inheritdoc/>
    public override bool NeedsAncestralStep => Form == GuidanceForm.Mean;

    /// <inheritdoc/>
    public override IDenoiser Around(IDenoiser denoiser, NoiseSchedule q, IGuideSources sources) => Guide.ReadsNoise
        ? new ClassifierGuidance(denoiser, q, sources.Guide(Guide), Scale, Form)
        : throw new ConfigException($"sampling.guides: classifier guidance asks its guide about noised images, and {Kinds.NameOf(Guide.GetType())} knows clean ones; allowed: kind universal");
}
