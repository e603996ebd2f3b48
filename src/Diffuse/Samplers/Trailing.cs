using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// The last step of each of n stretches of T / n steps (diffusers' "trailing"): starts at T, where the noise is what the model was trained on
/// (Lin et al. 2024, section 3.3). In continuous time n equal stretches of the training times.
/// </summary>
[Kind("trailing")]
public sealed record TrailingOptions : TimeGridOptions
{
    /// <inheritdoc/>
    protected override IEnumerable<double> Descend(ForwardProcess process, int steps) => Enumerable.Range(0, steps)
        .Select(i => process.Steps is null
            ? process.TimeAt(1 - (double)i / steps)
            : Math.Round(process.Horizon - i * (process.Horizon / steps)));
}
