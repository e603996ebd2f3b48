using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// The reverse SDE in the same discrete steps as the forward one (Song et al. 2021, equation 46): with x_t = a x_s + sqrt(V) z the process's own
/// discretization, x + (1 - a) x + V score + sqrt(V) z. On the probability-flow ODE half the score and no noise.
/// </summary>
internal sealed class ReverseDiffusion(NoiseSchedule q, bool probabilityFlow = false) : IPredictor
{
    /// <inheritdoc/>
    public Prediction Predict(Denoiser D, Tensor x, double t, double s)
    {
        var step = q.Discretized(s, t);
        var score = q.Score(x, D(x, t).X0, t);
        return new(
            (2 - step.Scale) * x + (probabilityFlow ? step.Variance / 2 : step.Variance) * score, probabilityFlow ? 0 : Math.Sqrt(step.Variance));
    }
}

/// <summary>The published predictor of the score SDEs.</summary>
[Kind("reverse-diffusion")]
public sealed record ReverseDiffusionOptions : PredictorOptions
{
    /// <summary>Steps of the probability-flow ODE, without noise.</summary>
    public bool ProbabilityFlow { get; init; }

    /// <inheritdoc/>
    public override IPredictor Build(NoiseSchedule q) => new ReverseDiffusion(Finite(q, "reverse-diffusion"), ProbabilityFlow);
}
