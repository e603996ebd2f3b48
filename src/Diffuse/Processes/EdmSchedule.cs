using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// Karras et al. 2022: x_sigma = x0 + sigma eps, the noise level itself being the clock, 0 &lt;= sigma &lt;= sigma_max. Networks are told
/// ln(sigma) / 4, whatever their parameterization.
/// </summary>
internal sealed class EdmSchedule(double sigmaMin, double sigmaMax) : NoiseSchedule
{
    /// <inheritdoc/>
    public override double Horizon => sigmaMax;

    /// <inheritdoc/>
    public override double Alpha(double t) => 1;

    /// <inheritdoc/>
    public override double Sigma(double t) => t;

    /// <inheritdoc/>
    public override double AlphaRate(double t) => 0;

    /// <inheritdoc/>
    public override double SigmaRate(double t) => 1;

    /// <inheritdoc/>
    public override double TimeOf(double logSnr) => Math.Min(Math.Exp(-logSnr / 2), sigmaMax);

    /// <summary>Evenly in ln sigma, from sigma_min to sigma_max: evenly in the log signal-to-noise ratio.</summary>
    /// <inheritdoc/>
    public override double TimeAt(double u) => sigmaMax * Math.Pow(sigmaMin / sigmaMax, 1 - u);

    /// <inheritdoc/>
    public override double Label(double t) => Math.Log(t) / 4;
}

/// <summary>Noise is added to the image as it is; the clock is the noise's standard deviation.</summary>
[Kind("edm")]
public sealed record EdmScheduleOptions : ProcessOptions
{
    /// <summary>The least noise of times spread over the clock (uniform times, validation); log-normal times go below it.</summary>
    [Range(1e-8, 1.0)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The noise that sampling starts from: much more than the data's spread.</summary>
    [Range(1.0, 1e8, MinimumIsExclusive = true)]
    public double SigmaMax { get; init; } = 80;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new EdmSchedule(SigmaMin, SigmaMax);
}
