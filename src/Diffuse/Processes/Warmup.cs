using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Betas on a line during the first share of the steps, constant after it ("warmup10" and "warmup50" of Ho et al. 2020).</summary>
[Kind("warmup")]
public sealed record WarmupOptions : BetaScheduleOptions
{
    [Range(1e-12, 1)]
    public double BetaStart { get; init; } = 1e-4;

    [Range(1e-12, 1)]
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>The part of the steps on the line.</summary>
    [Range(0.0, 1.0)]
    public double Share { get; init; } = 0.1;

    /// <inheritdoc/>
    protected override double[] Betas()
    {
        var rising = (int)(Steps * Share);
        return [.. Line(BetaStart, BetaEnd, rising), .. Enumerable.Repeat(BetaEnd, Steps - rising)];
    }
}
