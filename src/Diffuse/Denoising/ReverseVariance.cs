using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>The variance of p(x_s | x_t): the transition's, the posterior's, or the network's own.</summary>
public enum Variance
{
    /// <summary>beta-tilde, that of q(x_s | x_t, x0): best for a single data point.</summary>
    Small,

    /// <summary>beta, that of q(x_t | x_s): best for white-noise data.</summary>
    Large,

    /// <summary>exp(f log beta + (1 - f) log beta-tilde), f = (V + 1) / 2 (Nichol and Dhariwal 2021, equation 15).</summary>
    Learned,
}

/// <summary>
/// log Var p(x_s | x_t) of the reverse chain on some grid of times. beta-tilde is 0 in the last step, onto clean data; its logarithm there is
/// that of the step before, as published (which is why the two least noisy times of the grid are asked for).
/// </summary>
/// <param name="kind">Null: learned where the model gives V, else small.</param>
/// <param name="first">The least noisy time above 0 of the grid; 1 on DDPM's full chain.</param>
/// <param name="second">The time after it; the same as first where the grid has a single step.</param>
internal sealed class ReverseVariance(NoiseSchedule q, Variance? kind, double first = 1, double second = 2)
{
    /// <summary>[N, C, H, W] or [N, 1, 1, 1], which broadcasts over it.</summary>
    /// <param name="v">The network's output; needed where the variance is learned.</param>
    public Tensor Log(Times s, Times t, Tensor? v, Tensor like)
    {
        if ((kind ?? (v is null ? Variance.Small : Variance.Learned)) != Variance.Learned)
        {
            return s.Coefficients(t, (to, from) => kind == Variance.Large && to > 0 ? LogTransition(to, from) : LogPosterior(to, from), like);
        }

        var f = 0.5 * ((v ?? throw new InvalidOperationException("the model did not learn its variance")) + 1);
        return f * s.Coefficients(t, LogTransition, like) + (1 - f) * s.Coefficients(t, LogPosterior, like);
    }

    private double LogTransition(double s, double t) => Math.Log(q.Between(s, t).Variance);

    /// <summary>log Var q(x_s | x_t, x0), with the stand-in for the last step.</summary>
    public double LogPosterior(double s, double t) => s > 0 ? Math.Log(q.Posterior(s, t).Variance)
        : second > first ? Math.Log(q.Posterior(first, second).Variance)
        : LogTransition(s, t);
}
