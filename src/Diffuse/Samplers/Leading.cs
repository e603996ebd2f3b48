using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// The first step of each of n stretches of floor(T / n) steps (diffusers' "leading", DDIM's published grid): labels 0, k, 2k, ... Never visits
/// T, so the network meets the prior's noise at an earlier time than it was made for. With offset 1 and end 1 it is latent-diffusion's
/// uniform grid.
/// </summary>
[Kind("leading")]
public sealed record LeadingOptions : TimeGridOptions
{
    /// <summary>Added to every step (diffusers' steps_offset).</summary>
    [Range(0, 1000)]
    public int Offset { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var stride = Count(process, "leading") / steps;
        return Enumerable.Range(0, steps).Reverse().Select(i => (double)(i * stride + 1 + Offset));
    }
}
