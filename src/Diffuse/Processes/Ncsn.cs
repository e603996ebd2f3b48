using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// The noise levels of NCSN (Song and Ermon 2019, 2020) as a chain: alpha = 1, sigma_1 &lt; ... &lt; sigma_L geometric, level t = 1..L, 0 the clean
/// image. Networks are told the level's number from the noisiest, L - t, as published. Between the levels log sigma is linear in t, below the
/// first sigma is, so that samplers in continuous time can stop anywhere.
/// </summary>
internal sealed class Ncsn(GeometricLevels levels, int count) : NoiseSchedule
{
    /// <inheritdoc/>
    public override int? Steps => count;

    /// <inheritdoc/>
    public override double Horizon => count;

    /// <inheritdoc/>
    public override double Alpha(double t) => 1;

    /// <inheritdoc/>
    public override double Sigma(double t) => t < 1 ? t * levels.Min : levels.Sigma((t - 1) / (count - 1));

    /// <inheritdoc/>
    public override double AlphaRate(double t) => 0;

    /// <inheritdoc/>
    public override double SigmaRate(double t) => t <= 1 ? levels.Min : levels.LogRatio / (count - 1) * Sigma(t);

    /// <inheritdoc/>
    public override double Label(double t) => count - t;

    /// <summary>A step of the chain is discrete already.</summary>
    /// <inheritdoc/>
    public override Transition Discretized(double s, double t) => Between(s, t);
}

/// <summary>NCSN's chain of noise levels. Wants parameterization score or raw-score.</summary>
[Kind("ncsn")]
public sealed record NcsnOptions : ProcessOptions
{
    /// <summary>L; more for larger images: neighbours' ratio should be near 1 + 3 / sqrt(2 D), D the pixels (NCSNv2, technique 2).</summary>
    [Range(2, 100_000)]
    public int Levels { get; init; } = 232;

    /// <summary>sigma_1.</summary>
    [Range(1e-6, 1000)]
    public double SigmaMin { get; init; } = 0.01;

    /// <summary>sigma_L: about the largest distance between two training images (technique 1).</summary>
    [Range(1e-6, 100_000)]
    public double SigmaMax { get; init; } = 50;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Ncsn(new(SigmaMin, SigmaMax), Levels);
}
