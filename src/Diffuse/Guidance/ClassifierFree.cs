using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
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
    /// <summary>Guided at these noise levels sigma / alpha alone, elsewhere the conditional model, in one pass (Kynkaanniemi et al. 2024); null: at all.</summary>
    public (NoiseSchedule Q, double Low, double High)? Interval { get; init; }

    /// <summary>
    /// phi: the share of the guided estimate that is brought to the standard deviation of the conditional one, over each image's elements (Lin et al.
    /// 2023, section 3.4, there on the network's output, here on x0).
    /// </summary>
    public double Rescale { get; init; }

    /// <summary>A worse version of the model, told the same, in the place of the unconditional one (Karras et al. 2024, autoguidance).</summary>
    public IDenoiser? Weaker { get; init; }

    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        if (scale == 1 || (scale == 0 && Weaker is null) || !Guides(t))
        {
            return inner.Denoise(x, t, scale == 0 && Guides(t) ? none.Of(given) : given);
        }

        var n = x.shape[0];
        if (Weaker is not null)
        {
            var words = given.Caption is null ? given : given with { Tokens = null, Embedding = null }; // each model encodes captions itself
            var (told, weak) = (inner.Denoise(x, t, given), Weaker.Denoise(x, t, words));
            return new(Guided(told.X0, weak.X0), told.V, told.Raw is { } own && weak.Raw is { } other ? Guided(own, other) : null);
        }

        var both = inner.Denoise(cat([x, x], 0), t, NullCondition.Join(given, none.Of(given)));
        Tensor Halves(Tensor x0) => Guided(x0.narrow(0, 0, n), x0.narrow(0, n, n));
        return new(Halves(both.X0), both.V?.narrow(0, 0, n), both.Raw is { } raw ? Halves(raw) : null);
    }

    private bool Guides(double t) => Interval is not var (q, low, high) || (q.Sigma(t) / q.Alpha(t) is var level && level > low && level <= high);

    private Tensor Guided(Tensor conditional, Tensor unconditional)
    {
        var x0 = unconditional + scale * (conditional - unconditional);
        return Rescale == 0 ? x0 : x0 * (1 - Rescale + Rescale * (Spread(conditional) / Spread(x0)));
    }

    private static Tensor Spread(Tensor x0) => x0.flatten(1).std(1).view([x0.shape[0], .. Enumerable.Repeat(1L, (int)x0.dim() - 1)]);
}
