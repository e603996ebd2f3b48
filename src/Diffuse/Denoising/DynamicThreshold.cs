using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>
/// Dynamic thresholding (Saharia et al. 2022, section 2.3): with m the given quantile of |x0| in an image, held between 1 and a largest value,
/// x0 is clamped to [-m, m] and divided by m. Keeps saturated pixels apart at large guidance scales.
/// </summary>
/// <param name="quantile">In (0, 1]; 0.995 in the paper.</param>
/// <param name="largest">At least 1; images whose quantile is above it are clamped there. Infinity in the paper, 1 is <see cref="Clamped"/>.</param>
public sealed class DynamicThreshold(IDenoiser inner, double quantile = 0.995, double largest = double.PositiveInfinity) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        var d = inner.Denoise(x, t, given);
        var q = tensor(new[] { quantile }, dtype: d.X0.dtype, device: d.X0.device);
        var m = d.X0.abs().flatten(1).quantile(q, 1).clamp(1, largest).reshape(-1, 1, 1, 1);
        return d with { X0 = minimum(maximum(d.X0, -m), m) / m, Raw = d.Unclamped };
    }
}

/// <summary>Each image's own range; for guidance scales at which a clamp saturates.</summary>
[Kind("dynamic")]
public sealed record DynamicThresholdOptions : ThresholdOptions
{
    /// <summary>The share of an image's values that lie within the range.</summary>
    [Range(0, 1, MinimumIsExclusive = true)]
    public double Quantile { get; init; } = 0.995;

    /// <summary>The range grows no larger; by default without limit.</summary>
    [Range(1, 1e6)]
    public double? Largest { get; init; }

    /// <inheritdoc/>
    public override IDenoiser Around(IDenoiser denoiser) => new DynamicThreshold(denoiser, Quantile, Largest ?? double.PositiveInfinity);
}
