using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The variance-preserving chain of DDPM (Ho et al. 2020): q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1}, beta_t I) for t = 1..T, hence
/// alpha^2 = abar_t = prod (1 - beta) and sigma^2 = 1 - abar_t. The clock runs 0..T with 0 the clean image; networks are told t - 1.
/// Between the steps log(alpha^2 / sigma^2) is linear in t (sigma^2 where it is infinite at one end), so that samplers in continuous
/// time can stop anywhere.
/// </summary>
public sealed class BetaSchedule : NoiseSchedule
{
    private readonly double[] betas;
    private readonly double[] abar;      // alpha^2 at 0..T
    private readonly double[] variance;  // sigma^2 at 0..T, summed up rather than 1 - abar, which loses digits near 0

    /// <param name="betas">beta_1..beta_T, each in (0, 1]; only the last may be 1 (no signal left: zero terminal SNR).</param>
    /// <exception cref="ConfigException">No beta, or one outside its range.</exception>
    public BetaSchedule(IReadOnlyList<double> betas)
    {
        this.betas = [.. betas];
        var bad = Array.FindIndex(this.betas, beta => !(beta > 0 && beta <= 1));
        bad = bad >= 0 ? bad : Array.FindIndex(this.betas, 0, Math.Max(betas.Count - 1, 0), beta => beta == 1);
        if (betas.Count == 0 || bad >= 0)
        {
            throw new ConfigException(betas.Count == 0
                ? "a process needs at least one step"
                : $"step {bad + 1} of {betas.Count} has beta {betas[bad]:g4}: betas lie above 0 and below 1 (the last may be 1)");
        }

        abar = new double[betas.Count + 1];
        variance = new double[betas.Count + 1];
        abar[0] = 1;
        for (var t = 1; t <= betas.Count; t++)
        {
            abar[t] = abar[t - 1] * (1 - betas[t - 1]);
            variance[t] = variance[t - 1] * (1 - betas[t - 1]) + betas[t - 1];
        }
    }

    /// <inheritdoc/>
    public override int? Steps => betas.Length;

    /// <inheritdoc/>
    public override double Horizon => betas.Length;

    /// <summary>DDPM samples from N(0, I), however much signal is left at T.</summary>
    public override double PriorSigma => 1;

    /// <inheritdoc/>
    public override double Label(double t) => t - 1;

    /// <inheritdoc/>
    public override double Alpha(double t) => Math.Sqrt(At(t).Abar);

    /// <inheritdoc/>
    public override double Sigma(double t) => Math.Sqrt(At(t).Variance);

    /// <inheritdoc/>
    public override double AlphaRate(double t) => At(t).AbarRate / (2 * Alpha(t));

    /// <inheritdoc/>
    public override double SigmaRate(double t) => -At(t).AbarRate / (2 * Sigma(t));

    /// <summary>A step of the chain is discrete already.</summary>
    /// <inheritdoc/>
    public override Transition Discretized(double s, double t) => Between(s, t);

    /// <summary>As for any schedule, exact for neighbouring steps: scale sqrt(1 - beta_t), variance beta_t.</summary>
    /// <inheritdoc/>
    public override Transition Between(double s, double t) => s == t - 1 && t == Math.Floor(t)
        ? new Transition(Math.Sqrt(1 - betas[(int)s]), betas[(int)s])
        : base.Between(s, t);

    /// <summary>alpha^2, sigma^2 and d alpha^2 / dt; at a step itself the slope of the stretch that ends there.</summary>
    private (double Abar, double Variance, double AbarRate) At(double t)
    {
        if (!(t >= 0 && t <= betas.Length))
        {
            throw new ArgumentOutOfRangeException(nameof(t), t, $"the clock runs from 0 to {betas.Length}");
        }

        var below = Math.Max((int)Math.Ceiling(t) - 1, 0);
        var (f, above) = (t - below, below + 1);
        if (below == 0 || abar[above] == 0)
        {
            return ((1 - f) * abar[below] + f * abar[above], (1 - f) * variance[below] + f * variance[above], abar[above] - abar[below]);
        }

        var (from, to) = (Math.Log(abar[below] / variance[below]), Math.Log(abar[above] / variance[above]));
        var logSnr = (1 - f) * from + f * to;
        var (signal, noise) = f == 1 ? (abar[above], variance[above]) : (1 / (1 + Math.Exp(-logSnr)), 1 / (1 + Math.Exp(logSnr)));
        return (signal, noise, signal * noise * (to - from));
    }
}
