using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The variance-preserving SDE (Song et al. 2021, equation 11): dx = -beta(t)/2 x dt + sqrt(beta(t)) dw on 0..1, the limit of DDPM's chain for
/// infinitely many steps. alpha^2 + sigma^2 = 1. Networks are told 999 t, DDPM's clock, and trained from t = 1e-5 on.
/// </summary>
internal sealed class Vp(LinearRate rate) : NoiseSchedule
{
    /// <inheritdoc/>
    public override double Horizon => 1;

    /// <summary>Sampling starts from N(0, I), however much signal is left at 1.</summary>
    public override double PriorSigma => 1;

    /// <inheritdoc/>
    public override double Alpha(double t) => Math.Exp(rate.LogAlpha(t));

    /// <inheritdoc/>
    public override double Sigma(double t) => Math.Sqrt(-double.ExpM1(2 * rate.LogAlpha(t)));

    /// <inheritdoc/>
    public override double AlphaRate(double t) => -rate.Beta(t) / 2 * Alpha(t);

    /// <inheritdoc/>
    public override double SigmaRate(double t) => rate.Beta(t) * Math.Pow(Alpha(t), 2) / (2 * Sigma(t));

    /// <inheritdoc/>
    public override double TimeAt(double u) => 1e-5 + u * (1 - 1e-5);

    /// <inheritdoc/>
    public override double Label(double t) => 999 * t;

    /// <summary>
    /// The step of a DDPM chain of N = 1 / (t - s) steps at trunc(t (N - 1)), counted from 0: scale sqrt(1 - beta), variance beta (Song et al.
    /// 2021, equation 10, as published). Where N is so small that beta reaches 1 there is no such chain, and the step is the exact one.
    /// </summary>
    /// <inheritdoc/>
    public override Transition Discretized(double s, double t)
    {
        var n = Math.Max(Math.Round(1 / (t - s)), 2);
        var beta = rate.Beta(Math.Truncate(t * (n - 1)) / (n - 1)) / n;
        return beta < 1 ? new(Math.Sqrt(1 - beta), beta) : Between(Math.Max(s, 0), t);
    }
}

/// <summary>The variance-preserving SDE in continuous time.</summary>
[Kind("vp")]
public sealed record VpOptions : ProcessOptions
{
    /// <summary>beta(0).</summary>
    [Range(1e-6, 1000)]
    public double BetaMin { get; init; } = 0.1;

    /// <summary>beta(1).</summary>
    [Range(1e-6, 1000)]
    public double BetaMax { get; init; } = 20;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Vp(new(BetaMin, BetaMax));
}
