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
