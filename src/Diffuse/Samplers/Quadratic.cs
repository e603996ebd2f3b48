using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// Labels floor(i^2 c) + 1 up to 0.8 T, denser near the clean image (Song et al. 2020, section D.2, as in latent-diffusion's "quad").
/// </summary>
[Kind("quadratic")]
public sealed record QuadraticOptions : TimeGridOptions
{
    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var root = Math.Sqrt(Count(process, "quadratic") * 0.8);
        return Enumerable.Range(0, steps).Reverse()
            .Select(i => Math.Floor(Math.Pow(i > 0 && i == steps - 1 ? root : i * (root / Math.Max(steps - 1, 1)), 2)) + 2);
    }
}
