using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// n steps from T to 1, both included, evenly spaced and rounded (diffusers' "linspace"). Where the walk ends at 1, that end is one more of
/// the evenly spaced times (as for diffusers' DPM-Solver).
/// </summary>
[Kind("linspace")]
public sealed record LinspaceOptions : TimeGridOptions
{
    /// <summary>Whole steps only; otherwise as for diffusers' Euler, Heun, KDPM2 and LMS.</summary>
    public bool Round { get; init; } = true;

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var intervals = End == 1 ? steps : steps - 1;
        var stride = (Count(process, "linspace") - 1.0) / Math.Max(intervals, 1);
        return Enumerable.Range(0, steps).Select(i => (intervals - i) * stride).Select(label => (Round ? Math.Round(label) : label) + 1);
    }
}
