using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The straight path from data to noise: x_t = (1 - t) x0 + t eps, 0 &lt;= t &lt;= 1 (rectified flow, Liu et al. 2022; the optimal-transport path of
/// Lipman et al. 2022, whose time runs the other way). No signal is left at t = 1. Networks are told 1000 t, so that embeddings made for
/// DDPM's steps resolve it.
/// </summary>
internal sealed class LinearPath : NoiseSchedule
{
    /// <inheritdoc/>
    public override double Horizon => 1;

    /// <inheritdoc/>
    public override double Alpha(double t) => 1 - t;

    /// <inheritdoc/>
    public override double Sigma(double t) => t;

    /// <inheritdoc/>
    public override double AlphaRate(double t) => -1;

    /// <inheritdoc/>
    public override double SigmaRate(double t) => 1;

    /// <inheritdoc/>
    public override double TimeOf(double logSnr) => 1 / (1 + Math.Exp(logSnr / 2));

    /// <inheritdoc/>
    public override double Label(double t) => 1000 * t;
}

/// <summary>Flow matching's process: data and noise are mixed along a straight line.</summary>
[Kind("flow")]
public sealed record LinearPathOptions : ProcessOptions
{
    /// <inheritdoc/>
    public override ForwardProcess Build() => new LinearPath();
}
