using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// beta_t = 1 / (T - t + 1): 1/T, 1/(T - 1), ..., 1, so that abar falls on a line to exactly 0 (Sohl-Dickstein et al. 2015; "jsd" of Ho et
/// al. 2020). No signal is left at T: wants v or x0, not eps.
/// </summary>
[Kind("harmonic")]
public sealed record HarmonicOptions : BetaScheduleOptions
{
    /// <inheritdoc/>
    protected override double[] Betas() => Enumerable.Range(0, Steps).Select(i => 1.0 / (Steps - i)).ToArray();
}
