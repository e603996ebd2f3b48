using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// OpenAI's shortened chains: T is cut into equal sections, and each gets its own number of evenly spaced steps, the first and the last of the
/// section included (Nichol and Dhariwal 2021, section 4; "timestep_respacing").
/// </summary>
[Kind("strided")]
public sealed record StridedOptions : TimeGridOptions
{
    /// <summary>Steps of each section, from the clean end; they must add up to the sampling steps. Empty: one section with all of them.</summary>
    public IReadOnlyList<int> Sections { get; init; } = [];

    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps)
    {
        var total = Count(process, "strided");
        var sections = Sections.Count == 0 ? [steps] : Sections;
        if (sections.Sum() != steps)
        {
            throw new ConfigException($"the sections of grid strided have {sections.Sum()} steps together, sampling has {steps}");
        }

        var times = new List<double>(steps);
        var start = 0;
        for (var i = 0; i < sections.Count; i++)
        {
            var size = total / sections.Count + (i < total % sections.Count ? 1 : 0);
            if (sections[i] < 1 || sections[i] > size)
            {
                throw new ConfigException($"section {i + 1} of grid strided asks for {sections[i]} steps of its {size}");
            }

            var stride = sections[i] == 1 ? 1 : (size - 1.0) / (sections[i] - 1);
            var current = 0.0; // summed up, as published: the roundings differ from those of a product
            for (var k = 0; k < sections[i]; k++, current += stride)
            {
                times.Add(start + Math.Round(current) + 1);
            }

            start += size;
        }

        times.Reverse();
        return times;
    }
}
