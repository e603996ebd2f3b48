using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// OpenAI's "ddimN": labels 0, k, 2k, ... below T with the smallest k for which there are exactly n of them. With offset 1 and end 1 it is
/// latent-diffusion's uniform grid where n does not divide T.
/// </summary>
[Kind("ddim-strided")]
public sealed record DdimStridedOptions : TimeGridOptions
{
    /// <summary>Added to every step.</summary>
    [Range(0, 1000)]
    public int Offset { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var total = Count(process, "ddim-strided");
        var stride = Enumerable.Range(1, Math.Max(total - 1, 0)).FirstOrDefault(k => (total + k - 1) / k == steps);
        return stride > 0
            ? Enumerable.Range(0, steps).Reverse().Select(i => i * stride + 1.0 + Offset)
            : throw new ConfigException($"grid ddim-strided has no stride that makes {steps} steps of {total}");
    }
}
