using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// abar(u) = f(u) / f(0), f(u) = cos^2((u + s) / (1 + s) pi / 2), u = t / T, betas clipped at 0.999 (Nichol and Dhariwal 2021, equation 17).
/// </summary>
[Kind("cosine")]
public sealed record CosineOptions : BetaScheduleOptions
{
    /// <summary>s keeps beta_1 from vanishing.</summary>
    [Range(0.0, 1.0)]
    public double Offset { get; init; } = 0.008;

    /// <inheritdoc/>
    protected override double[] Betas() => FromSignal(u => Math.Pow(Math.Cos((u + Offset) / (1 + Offset) * Math.PI / 2), 2));
}
