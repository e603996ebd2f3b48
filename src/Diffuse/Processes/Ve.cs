using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The variance-exploding SDE (Song et al. 2021, equations 30 and 31): dx = sigma(t) sqrt(2 log(max / min)) dw on 0..1, the limit of NCSN's levels
/// for infinitely many of them. alpha = 1, sigma = min (max / min)^t for t above 0; clean data at 0 itself, so sigma jumps there. Networks are
/// told sigma (fourier time features suit that) and trained from t = 1e-5 on.
/// </summary>
internal sealed class Ve(GeometricLevels levels) : NoiseSchedule
{
    /// <inheritdoc/>
    public override double Horizon => 1;

    /// <inheritdoc/>
    public override double Alpha(double t) => 1;

    /// <inheritdoc/>
    public override double Sigma(double t) => t == 0 ? 0 : levels.Sigma(t);

    /// <inheritdoc/>
    public override double AlphaRate(double t) => 0;

    /// <inheritdoc/>
    public override double SigmaRate(double t) => levels.LogRatio * Sigma(t);

    /// <inheritdoc/>
    public override double TimeAt(double u) => 1e-5 + u * (1 - 1e-5);

    /// <inheritdoc/>
    public override double Label(double t) => Sigma(t);

    /// <summary>
    /// The step between two of NCSN's N = 1 / (t - s) levels, the upper one at trunc(t (N - 1)), counted from 0: the difference of their
    /// variances (Song et al. 2021, equation 8, as published). Below the lowest level is clean data.
    /// </summary>
    /// <inheritdoc/>
    public override Transition Discretized(double s, double t)
    {
        var n = Math.Max(Math.Round(1 / (t - s)), 2);
        var i = Math.Truncate(t * (n - 1));
        double Variance(double level) => level < 0 ? 0 : Math.Pow(levels.Sigma(level / (n - 1)), 2);
        return new(1, Variance(i) - Variance(i - 1));
    }
}

/// <summary>The variance-exploding SDE in continuous time. Wants parameterization score or raw-score.</summary>
[Kind("ve")]
public sealed record VeOptions : ProcessOptions
{
    /// <summary>The least noise; what is below it stays in the images.</summary>
    [Range(1e-6, 1000)]
    public double SigmaMin { get; init; } = 0.01;

    /// <summary>The most noise: about the largest distance between two training images (Song and Ermon 2020, technique 1).</summary>
    [Range(1e-6, 100_000)]
    public double SigmaMax { get; init; } = 50;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Ve(new(SigmaMin, SigmaMax));
}
