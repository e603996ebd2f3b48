using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>OpenAI's "ddimN": labels 0, k, 2k, ... below T with the one k for which there are exactly n of them.</summary>
[Kind("ddim-strided")]
public sealed record DdimStridedOptions : TimeGridOptions
{
    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var total = Count(process, "ddim-strided");
        var stride = Enumerable.Range(1, total).FirstOrDefault(k => (total + k - 1) / k == steps);
        return stride > 0
            ? Enumerable.Range(0, steps).Reverse().Select(i => i * stride + 1.0)
            : throw new ConfigException($"grid ddim-strided has no stride that makes {steps} steps of {total}");
    }
}
