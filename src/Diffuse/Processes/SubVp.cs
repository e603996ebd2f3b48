using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The sub-VP SDE (Song et al. 2021, equation 12): the drift of the VP SDE with g^2 = beta(t) (1 - exp(-2 int beta)), which gives
/// sigma(t) = 1 - alpha(t)^2, without a root, never above the VP SDE's. Made for likelihoods. Networks are told 999 t.
/// </summary>
internal sealed class SubVp(LinearRate rate) : NoiseSchedule
{
    /// <inheritdoc/>
    public override double Horizon => 1;

    /// <summary>Sampling starts from N(0, I).</summary>
    public override double PriorSigma => 1;

    /// <inheritdoc/>
    public override double Alpha(double t) => Math.Exp(rate.LogAlpha(t));

    /// <inheritdoc/>
    public override double Sigma(double t) => -double.ExpM1(2 * rate.LogAlpha(t));

    /// <inheritdoc/>
    public override double AlphaRate(double t) => -rate.Beta(t) / 2 * Alpha(t);

    /// <inheritdoc/>
    public override double SigmaRate(double t) => rate.Beta(t) * Math.Pow(Alpha(t), 2);

    /// <inheritdoc/>
    public override double TimeAt(double u) => 1e-5 + u * (1 - 1e-5);

    /// <inheritdoc/>
    public override double Label(double t) => 999 * t;
}

/// <summary>The sub-VP SDE: less noise than <c>vp</c> at every time, for better likelihoods.</summary>
[Kind("sub-vp")]
public sealed record SubVpOptions : ProcessOptions
{
    /// <summary>beta(0).</summary>
    [Range(1e-6, 1000)]
    public double BetaMin { get; init; } = 0.1;

    /// <summary>beta(1).</summary>
    [Range(1e-6, 1000)]
    public double BetaMax { get; init; } = 20;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new SubVp(new(BetaMin, BetaMax));
}
