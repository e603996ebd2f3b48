using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>n steps from T to 1, both included, evenly spaced and rounded (diffusers' "linspace").</summary>
[Kind("linspace")]
public sealed record LinspaceOptions : TimeGridOptions
{
    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var stride = (Count(process, "linspace") - 1.0) / Math.Max(steps - 1, 1);
        return Enumerable.Range(0, steps).Reverse().Select(i => Math.Round(i * stride) + 1);
    }
}
