using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Predictor-corrector sampling (Song et al. 2021, algorithm 1, in the published order): at each time of the grid first the corrector's steps,
/// then the predictor's to the next time. The step onto clean data adds no noise and is the denoiser's own estimate, the exact mean that every
/// predictor approximates there.
/// </summary>
internal sealed class PredictorCorrector(IPredictor predictor, ICorrector corrector) : StepSampler
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => grid.Steps * (1 + corrector.Steps);

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        x = corrector.Correct(D, x, t, s, z);
        if (s == 0)
        {
            return D(x, t).X0;
        }

        var step = predictor.Predict(D, x, t, s);
        return step.Deviation > 0 ? step.Mean + step.Deviation * z.Normal(x) : step.Mean;
    }
}

/// <summary>The samplers of the score SDEs, on any process that adds Gaussian noise; 100 to 1000 steps of 1 + corrector steps passes.</summary>
[Kind("predictor-corrector")]
public sealed record PredictorCorrectorOptions : SamplerOptions
{
    /// <summary>reverse-diffusion, euler-maruyama or ancestral.</summary>
    public PredictorOptions Predictor { get; init; } = new ReverseDiffusionOptions();

    /// <summary>ald (annealed Langevin, whose step the noise level decides), langevin (as published for images) or none.</summary>
    public CorrectorOptions Corrector { get; init; } = new AnnealedLangevinCorrectorOptions();

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "predictor-corrector");
        return new PredictorCorrector(Predictor.Build(q), Corrector.Build(q));
    }
}
