using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// The ancestral step (Ho et al. 2020; Song et al. 2021, appendix F): the mean of q(x_s | x_t, x0), exact for any two times, with its variance
/// (small: published for VE on NCSN's levels) or that of q(x_t | x_s) (large: published for VP on DDPM's chain).
/// </summary>
internal sealed class Ancestral(NoiseSchedule q, bool large = false) : IPredictor
{
    /// <inheritdoc/>
    public Prediction Predict(Denoiser D, Tensor x, double t, double s)
    {
        var p = q.Posterior(s, t);
        return new(p.OfX0 * D(x, t).X0 + p.OfXt * x, Math.Sqrt(large ? q.Between(s, t).Variance : p.Variance));
    }
}

/// <summary>The step of <c>ddpm</c>, for any process.</summary>
[Kind("ancestral")]
public sealed record AncestralOptions : PredictorOptions
{
    /// <summary>small or large.</summary>
    [AllowedValues(Variance.Small, Variance.Large)]
    public Variance Variance { get; init; } = Variance.Small;

    /// <inheritdoc/>
    public override IPredictor Build(NoiseSchedule q) => new Ancestral(q, Variance == Variance.Large);
}
