using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>q(x_t | x_s) = N(Scale x_s, Variance I), s earlier (cleaner) than t.</summary>
public readonly record struct Transition(double Scale, double Variance);

/// <summary>q(x_s | x_t, x0) = N(OfX0 x0 + OfXt x_t, Variance I).</summary>
public readonly record struct Posterior(double OfX0, double OfXt, double Variance);

/// <summary>A schedule's values at one time per image as tensors [N, 1, ..., 1], through which gradients reach a learned one.</summary>
/// <param name="Rate">d logSNR / dt.</param>
/// <param name="Shape">
/// What a learned schedule's form enters the other three by: leaves of the graph, each with the live tensor in whose place it stands, so that a
/// loss can decide what gradient the form gets. Empty for a fixed schedule.
/// </param>
public readonly record struct NoiseLevels(Tensor Alpha, Tensor Sigma, Tensor Rate, IReadOnlyList<(Tensor Leaf, Tensor Live)> Shape);

/// <summary>
/// A Gaussian process: x_t = alpha(t) x0 + sigma(t) eps, eps ~ N(0, I). Everything else follows from the two functions, once for all schedules.
/// </summary>
public abstract class NoiseSchedule : ForwardProcess
{
    public abstract double Alpha(double t);

    public abstract double Sigma(double t);

    /// <summary>d alpha / dt.</summary>
    public abstract double AlphaRate(double t);

    /// <summary>d sigma / dt.</summary>
    public abstract double SigmaRate(double t);

    /// <summary>f of the equivalent SDE dx = f x dt + g dw (Song et al. 2021): d log alpha / dt.</summary>
    public double Drift(double t) => AlphaRate(t) / Alpha(t);

    /// <summary>g^2 = d sigma^2 / dt - 2 f sigma^2.</summary>
    public double DiffusionSquared(double t) => 2 * Sigma(t) * (SigmaRate(t) - Drift(t) * Sigma(t));

    /// <summary>Whether the probability-flow ODE can start at the end of the clock; where alpha has a pole in its rate there it cannot.</summary>
    public bool HasFlow => double.IsFinite(AlphaRate(Horizon)) && double.IsFinite(SigmaRate(Horizon));

    /// <summary>The standard deviation of the law N(0, PriorSigma^2 I) that sampling starts from.</summary>
    public virtual double PriorSigma => Sigma(Horizon);

    /// <summary>Signal-to-noise ratio alpha^2 / sigma^2; +infinity at t = 0.</summary>
    public double Snr(double t) => Math.Pow(Alpha(t) / Sigma(t), 2);

    /// <summary>log(alpha^2 / sigma^2), falling in t; +infinity at t = 0.</summary>
    public double LogSnr(double t) => 2 * Math.Log(Alpha(t) / Sigma(t));

    /// <summary>d logSNR / dt.</summary>
    public double LogSnrRate(double t) => 2 * (AlphaRate(t) / Alpha(t) - SigmaRate(t) / Sigma(t));

    /// <summary>alpha, sigma and the rate of the log-SNR at times above 0, of the type of <paramref name="like"/>.</summary>
    public virtual NoiseLevels Levels(Times t, Tensor like) =>
        new(t.Coefficients(Alpha, like), t.Coefficients(Sigma, like), t.Coefficients(LogSnrRate, like), []);

    /// <summary>The time at which <see cref="LogSnr"/> has the given value, by bisection; the nearer end of the clock where none has.</summary>
    public virtual double TimeOf(double logSnr)
    {
        var (low, high) = (0.0, Horizon);
        for (var middle = high / 2; low < middle && middle < high; middle = low + (high - low) / 2)
        {
            (low, high) = LogSnr(middle) > logSnr ? (middle, high) : (low, middle);
        }

        return LogSnr(Horizon) >= logSnr ? Horizon : high;
    }

    /// <inheritdoc/>
    public override Tensor Corrupt(Tensor x0, Times t, Tensor eps) =>
        t.Coefficients(Alpha, x0) * x0 + t.Coefficients(Sigma, x0) * eps;

    /// <inheritdoc/>
    public override Tensor Prior(Tensor like, INoise z) => z.Normal(like) * PriorSigma;

    /// <summary>alpha_s x0 + sigma_s eps, with the eps that x_t holds beside x0.</summary>
    /// <inheritdoc/>
    public override Tensor Move(Tensor x, Tensor x0, double t, double s) => Alpha(s) * x0 + Sigma(s) * Eps(x, x0, t);

    /// <summary>q(x_t | x_s): scale alpha_t / alpha_s, variance sigma_t^2 - scale^2 sigma_s^2.</summary>
    /// <param name="s">The cleaner time, 0 &lt;= s &lt; t, with alpha_s &gt; 0.</param>
    public virtual Transition Between(double s, double t)
    {
        var scale = Alpha(t) / Alpha(s);
        return new Transition(scale, Math.Max(Math.Pow(Sigma(t), 2) - Math.Pow(scale * Sigma(s), 2), 0));
    }

    /// <summary>
    /// The step from s to t as the process's paper discretizes it, where that is not <see cref="Between"/>: by default Euler's, scale 1 + f h and
    /// variance g^2 h, f and g^2 taken at t, h = t - s.
    /// </summary>
    public virtual Transition Discretized(double s, double t) => new(1 + Drift(t) * (t - s), DiffusionSquared(t) * (t - s));

    /// <summary>q(x_s | x_t, x0) by Bayes' rule (Ho et al. 2020, equations 6 and 7, for any two times 0 &lt;= s &lt; t).</summary>
    public Posterior Posterior(double s, double t)
    {
        var step = Between(s, t);
        var total = Math.Pow(Sigma(t), 2);
        var before = Math.Pow(Sigma(s), 2);
        return new Posterior(Alpha(s) * step.Variance / total, step.Scale * before / total, step.Variance * before / total);
    }

    /// <summary>The noise that x_t holds if the clean image is x0: (x_t - alpha x0) / sigma. Not defined on clean data, where sigma is 0.</summary>
    public Tensor Eps(Tensor x, Tensor x0, double t) => (x - Alpha(t) * x0) / Sigma(t);

    /// <summary>
    /// dx/dt of the probability-flow ODE (Song et al. 2021, equation 13), f x - g^2/2 score, in the form that has no pole where alpha is 0:
    /// d alpha/dt x0 + d sigma/dt eps.
    /// </summary>
    public Tensor Velocity(Tensor x, Tensor x0, double t) => AlphaRate(t) * x0 + SigmaRate(t) * Eps(x, x0, t);

    /// <summary>grad log q(x_t) = -eps / sigma (Vincent 2011; Song 2021).</summary>
    public Tensor Score(Tensor x, Tensor x0, double t) => Eps(x, x0, t) / -Sigma(t);
}
