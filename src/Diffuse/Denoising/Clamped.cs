using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>Clamps the estimate to the range of the data, [-1, 1] for images; keeps it unclamped as <see cref="Denoised.Raw"/>.</summary>
/// <param name="range">The largest absolute value.</param>
public sealed class Clamped(IDenoiser inner, double range = 1) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        var d = inner.Denoise(x, t, given);
        return d with { X0 = d.X0.clamp(-range, range), Raw = d.Unclamped };
    }
}

/// <summary>A clamp to the range of images.</summary>
[Kind("clamp")]
public sealed record ClampOptions : ThresholdOptions
{
    /// <summary>The largest absolute value.</summary>
    [Range(1e-3, 1e6)]
    public double Range { get; init; } = 1;

    /// <inheritdoc/>
    public override IDenoiser Around(IDenoiser denoiser) => new Clamped(denoiser, Range);
}
