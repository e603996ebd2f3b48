using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// DPM-Solver and DPM-Solver++, multistep (Lu et al. 2022a, 2022b). With m the noise or (++) the clean image, the step from t to s of length h
/// in lambda = log(alpha / sigma) is
///   x_s = A x_t + W [ M_0 m_t + M_1 D1 + M_2 D2 / 2 ],   M_k = int_0^h e^{c (h - u)} (u / h)^k du,
/// with D1, D2 differences of m at the times before, in units of h. Type midpoint has M_0 / 2 for M_1 at order 2. The step onto clean data,
/// where h is infinite, is the estimate itself.
/// </summary>
internal sealed class DpmSolver(NoiseSchedule q, DpmSolverOptions options) : MultistepSampler(options.Order)
{
    private readonly bool clean = options.Algorithm.EndsWith("++", StringComparison.Ordinal);
    private readonly bool noisy = options.Algorithm.StartsWith("sde", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override Tensor Estimate(Denoiser D, Tensor x, double t) => clean ? D(x, t).X0 : q.Eps(D, x, t);

    /// <inheritdoc/>
    protected override Tensor Step(IReadOnlyList<Visit> past, TimeGrid grid, int i, Denoiser D, INoise z)
    {
        var (t, x, m) = past[0];
        var s = grid.Times[i + 1];
        if (q.Sigma(s) == 0)
        {
            return clean ? m : q.Transfer(x, m, t, s);
        }

        var step = Exact(t, s);
        var mean = step.Scale * x + step.Weight * step.Moment(0) * m;
        var order = Order(past, grid, i);
        if (order > 1)
        {
            var (first, second) = Differences(past, order, step.H);
            mean += step.Weight * (order == 2 && options.Type == Quadrature.Midpoint ? step.Moment(0) / 2 : step.Moment(1)) * first;
            mean = second is null ? mean : mean + step.Weight * step.Moment(2) / 2 * second;
        }

        return noisy ? mean + q.Sigma(s) * Math.Sqrt(clean ? 1 - Math.Exp(-2 * step.H) : Math.Exp(2 * step.H) - 1) * z.Normal(x) : mean;
    }

    /// <summary>A, W, c and h. The reverse SDE has twice the drift, and its clean-image form twice the rate.</summary>
    private ExponentialStep Exact(double t, double s)
    {
        var step = clean ? ExponentialStep.OfX0(q, t, s) : ExponentialStep.OfEps(q, t, s);
        return (noisy, clean) switch
        {
            (true, true) => step with { Scale = step.Scale * Math.Exp(-step.H), Weight = 2 * step.Weight, Rate = -2 },
            (true, false) => step with { Weight = 2 * step.Weight },
            _ => step,
        };
    }

    /// <summary>No more than there are times with a finite lambda, and falling to 1 at the end where that is wished.</summary>
    private int Order(IReadOnlyList<Visit> past, TimeGrid grid, int i)
    {
        var order = Math.Min(options.Order, Math.Max(past.Count(visit => q.Alpha(visit.T) > 0), 1));
        return options.LowerOrderFinal ?? grid.Steps < 15 ? Math.Min(order, grid.Steps - i) : order;
    }

    /// <summary>
    /// D1 and, at order 3, D2. As published, D2 is the second divided difference, half of the second derivative that the term M_2 / 2 asks for.
    /// </summary>
    private (Tensor First, Tensor? Second) Differences(IReadOnlyList<Visit> past, int order, double h)
    {
        var r0 = ExponentialStep.Length(q, past[1].T, past[0].T) / h;
        var d0 = (past[0].M - past[1].M) / r0;
        if (order == 2)
        {
            return (d0, null);
        }

        var r1 = ExponentialStep.Length(q, past[2].T, past[1].T) / h;
        var d1 = (past[1].M - past[2].M) / r1;
        var second = (d0 - d1) / (r0 + r1);
        return (d0 + r0 * second, second);
    }
}

/// <summary>How the first difference is weighted in <see cref="DpmSolver"/>'s steps of order 2.</summary>
public enum Quadrature
{
    /// <summary>Half the weight of the estimate itself.</summary>
    Midpoint,

    /// <summary>The exact weight of a line.</summary>
    Heun,
}

/// <summary>DPM-Solver; 10 to 25 steps. The defaults are DPM-Solver++(2M).</summary>
[Kind("dpm-solver")]
public sealed record DpmSolverOptions : SamplerOptions
{
    /// <summary>
    /// dpmsolver++ integrates the clean image (for guidance and clamping), dpmsolver the noise; the sde forms add noise on the way.
    /// </summary>
    [AllowedValues("dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver")]
    public string Algorithm { get; init; } = "dpmsolver++";

    /// <summary>
    /// 1 (DDIM), 2, or 3 without noise. 3 has the published weights, which make its error smaller but not of higher order: unipc is of order 3.
    /// </summary>
    [Range(1, 3)]
    public int Order { get; init; } = 2;

    /// <summary>At order 2: midpoint or heun.</summary>
    public Quadrature Type { get; init; }

    /// <summary>Whether the last steps are of lower order; by default on grids of less than 15 steps, as published.</summary>
    public bool? LowerOrderFinal { get; init; }

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "dpm-solver");
        if (Order == 3 && Algorithm.StartsWith("sde", StringComparison.Ordinal))
        {
            throw new ConfigException($"sampler dpm-solver: algorithm {Algorithm} has no order 3: take order 2, or dpmsolver++");
        }

        return new DpmSolver(Algorithm.EndsWith("++", StringComparison.Ordinal) ? q : NoiseRatio.WithSignal(q, $"algorithm {Algorithm}"), this);
    }
}
