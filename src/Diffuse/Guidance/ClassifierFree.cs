using Diffuse.Data;
using Diffuse.Denoising;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>
/// x0 = x0_u + s (x0_c - x0_u) (Ho and Salimans 2022, equation 6, in which w = s - 1, moved from eps to x0: the two are affine in each other).
/// s = 1 is the conditional model and s = 0 the unconditional one, a single pass each; otherwise both run as one batch of 2N.
/// </summary>
/// <param name="inner">Before any clamp.</param>
/// <param name="scale">s.</param>
public sealed class ClassifierFree(IDenoiser inner, double scale, NullCondition none) : IDenoiser
{
    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        if (scale is 0 or 1)
        {
            return inner.Denoise(x, t, scale == 1 ? given : none.Of(given));
        }

        var n = x.shape[0];
        var both = inner.Denoise(cat([x, x], 0), t, NullCondition.Join(given, none.Of(given)));
        Tensor Guided(Tensor x0) => x0.narrow(0, n, n) + scale * (x0.narrow(0, 0, n) - x0.narrow(0, n, n));
        return new(Guided(both.X0), both.V?.narrow(0, 0, n), both.Raw is { } raw ? Guided(raw) : null);
    }
}
