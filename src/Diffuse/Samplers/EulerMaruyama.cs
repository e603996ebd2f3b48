using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Euler and Maruyama's step of h = t - s back in time: x - h (f x - g^2 score) + g sqrt(h) z. On the probability-flow ODE half the score and no
/// noise. With v = f x - g^2/2 score the ODE's velocity, which has no pole where alpha is 0, f x - g^2 score is v - g^2/2 score.
/// </summary>
internal sealed class EulerMaruyama(NoiseSchedule q, bool probabilityFlow = false) : IPredictor
{
    /// <inheritdoc/>
    public Prediction Predict(Denoiser D, Tensor x, double t, double s)
    {
        var (x0, h) = (D(x, t).X0, t - s);
        var flow = x - h * q.Velocity(x, x0, t);
        if (probabilityFlow)
        {
            return new(flow, 0);
        }

        var g2 = q.DiffusionSquared(t);
        return new(flow + h * g2 / 2 * q.Score(x, x0, t), Math.Sqrt(g2 * h));
    }
}

/// <summary>The general step of any SDE; wants many small steps.</summary>
[Kind("euler-maruyama")]
public sealed record EulerMaruyamaOptions : PredictorOptions
{
    /// <summary>Steps of the probability-flow ODE, without noise.</summary>
    public bool ProbabilityFlow { get; init; }

    /// <inheritdoc/>
    public override IPredictor Build(NoiseSchedule q) =>
        new EulerMaruyama(ProbabilityFlow && q.HasFlow ? q : Finite(q, "euler-maruyama"), ProbabilityFlow);
}
