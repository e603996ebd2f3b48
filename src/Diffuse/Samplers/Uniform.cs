using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// n times evenly spaced from T to epsilon T, then clean data: the grid of the score SDEs (Song et al. 2021, appendix G). Not rounded where the
/// process counts steps.
/// </summary>
[Kind("uniform")]
public sealed record UniformOptions : TimeGridOptions
{
    /// <summary>The last time before 0 as a share of the clock; 1e-3 for vp and sub-vp, 1e-5 for ve, where the noise is sigma_min already.</summary>
    [Range(1e-9, 0.5)]
    public double Epsilon { get; init; } = 1e-3;

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps) => Enumerable.Range(0, steps)
        .Select(i => process.Horizon * (1 + i * (Epsilon - 1) / Math.Max(steps - 1, 1)));
}
