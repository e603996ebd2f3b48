using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// UniPC (Zhao et al. 2023), multistep. With m the clean image or the noise, A, W, c, h as in <see cref="ExponentialStep"/>, and m_i known
/// at lambda_t + r_i h, both predictor and corrector are
///   x_s = A x_t + W [ M_0 m_t + sum_i w_i (m_i - m_t) / r_i ],
/// exact where m is a polynomial: w integrates u e^{c (h - u)} over the points r_i. The predictor (UniP-p) has the p - 1 times before t; the
/// corrector (UniC-p) makes the step again with the estimate at s itself (r = 1), which the next step needs anyway: one evaluation a step.
/// With a single point w = B(h) / 2. The step onto clean data, where h is infinite, is the estimate itself.
/// </summary>
internal sealed class UniPC(NoiseSchedule q, UniPCOptions options) : MultistepSampler(options.Order + 1)
{
    /// <inheritdoc/>
    protected override Tensor Estimate(Denoiser D, Tensor x, double t) => options.PredictX0 ? D(x, t).X0 : q.Eps(D, x, t);

    /// <inheritdoc/>
    protected override Tensor Step(IReadOnlyList<Visit> past, TimeGrid grid, int i, Denoiser D, INoise z) =>
        Move(past, Order(past, grid, i), grid.Times[i + 1], null);

    /// <inheritdoc/>
    protected override Tensor Correct(Tensor x, Tensor m, IReadOnlyList<Visit> past, TimeGrid grid, int i) =>
        i == 0 || options.DisableCorrector.Contains(i - 1) || q.Alpha(past[0].T) == 0
            ? x
            : Move(past, Order(past, grid, i - 1), grid.Times[i], m);

    /// <summary>From the last time of the past to s, with the estimate at s where there is one.</summary>
    private Tensor Move(IReadOnlyList<Visit> past, int order, double s, Tensor? atS)
    {
        var (t, x, m) = past[0];
        if (q.Sigma(s) == 0)
        {
            return options.PredictX0 ? m : q.Transfer(x, m, t, s);
        }

        var step = options.PredictX0 ? ExponentialStep.OfX0(q, t, s) : ExponentialStep.OfEps(q, t, s);
        var points = past.Take(order).Skip(1).Select(visit => (R: ExponentialStep.Length(q, t, visit.T) / step.H, visit.M)).ToList();
        if (atS is not null)
        {
            points.Add((1, atS));
        }

        var weights = points.Count == 1
            ? [(options.Type == Scaling.Bh1 ? step.H : step.Moment(0)) / 2]
            : Lagrange.Weights([.. points.Select(point => point.R)], k => step.Moment(k + 1));
        var result = step.Scale * x + step.Weight * step.Moment(0) * m;
        foreach (var (point, weight) in points.Zip(weights))
        {
            result += step.Weight * weight / point.R * (point.M - m);
        }

        return result;
    }

    /// <summary>No more than there are times with a finite lambda, and falling to 1 at the end where that is wished.</summary>
    private int Order(IReadOnlyList<Visit> past, TimeGrid grid, int i)
    {
        var order = Math.Min(options.Order, Math.Max(past.Count(visit => q.Alpha(visit.T) > 0), 1));
        return options.LowerOrderFinal ? Math.Min(order, grid.Steps - i) : order;
    }
}

/// <summary>B(h) of <see cref="UniPC"/>, z being h for the noise and -h for the clean image.</summary>
public enum Scaling
{
    /// <summary>e^z - 1.</summary>
    Bh2,

    /// <summary>z.</summary>
    Bh1,
}

/// <summary>UniPC; 5 to 15 steps.</summary>
[Kind("unipc")]
public sealed record UniPCOptions : SamplerOptions
{
    /// <summary>p; 2 under guidance, 3 without.</summary>
    [Range(1, 3)]
    public int Order { get; init; } = 2;

    /// <summary>bh2 under guidance or at 10 steps and more, bh1 for few steps without guidance.</summary>
    public Scaling Type { get; init; }

    /// <summary>Whether the clean image is integrated (for guidance and clamping) or the noise.</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>Steps, counted from 0, that are not corrected.</summary>
    [Range(0, 1_000_000)]
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    /// <summary>Whether the last steps are of lower order.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "unipc");
        return new UniPC(PredictX0 ? q : NoiseRatio.WithSignal(q, "unipc without predict_x0"), this);
    }
}
