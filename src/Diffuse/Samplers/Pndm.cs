using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Pseudo numerical methods (Liu et al. 2022): the noise eps' that carries x_t to x_s (equation 11) is a mean as of Adams and Bashforth over the
/// times before (equation 12), for evenly spaced times. It starts with three steps as of Runge and Kutta (equation 13, algorithm 2; four
/// evaluations each), or, as PLMS of latent diffusion, with one as of Heun, whose second evaluation the next step does not use, and rising order.
/// The step onto clean data has no estimate at its end and never starts so.
/// </summary>
/// <param name="ofV">Whether means are taken of v = alpha eps - sigma x0 and turned into the noise beside x_t, which is of first order only.</param>
internal sealed class Pndm(NoiseSchedule q, bool rungeKutta, bool ofV) : MultistepSampler(4)
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => rungeKutta
        ? grid.Steps + 3 * grid.Times.Skip(1).Take(3).Count(s => s > 0)
        : grid.Steps + grid.Times.Skip(1).Take(1).Count(s => s > 0);

    /// <inheritdoc/>
    protected override Tensor Estimate(Denoiser D, Tensor x, double t)
    {
        var x0 = D(x, t).X0;
        var eps = q.Eps(x, x0, t);
        return ofV ? q.Alpha(t) * eps - q.Sigma(t) * x0 : eps;
    }

    /// <inheritdoc/>
    protected override Tensor Step(IReadOnlyList<Visit> past, TimeGrid grid, int i, Denoiser D, INoise z)
    {
        var (t, x, _) = past[0];
        var s = grid.Times[i + 1];
        var e = past.Select(visit => visit.M).ToArray();
        var mean = (e, q.Sigma(s) > 0) switch
        {
            ({ Length: < 4 }, true) when rungeKutta => RungeKutta(D, x, e[0], t, s),
            ([var e0], true) => (e0 + Estimate(D, Transfer(x, e0, t, s), s)) / 2,
            ([var e0], false) => e0,
            ([var e0, var e1], _) => (3 * e0 - e1) / 2,
            ([var e0, var e1, var e2], _) => (23 * e0 - 16 * e1 + 5 * e2) / 12,
            _ => (55 * e[0] - 59 * e[1] + 37 * e[2] - 9 * e[3]) / 24,
        };
        return Transfer(x, mean, t, s);
    }

    private Tensor RungeKutta(Denoiser D, Tensor x, Tensor e1, double t, double s)
    {
        var half = (t + s) / 2;
        var e2 = Estimate(D, Transfer(x, e1, t, half), half);
        var e3 = Estimate(D, Transfer(x, e2, t, half), half);
        var e4 = Estimate(D, Transfer(x, e3, t, s), s);
        return (e1 + 2 * e2 + 2 * e3 + e4) / 6;
    }

    private Tensor Transfer(Tensor x, Tensor mean, double t, double s)
    {
        var (alpha, sigma) = (q.Alpha(t), q.Sigma(t));
        return q.Transfer(x, ofV ? (alpha * mean + sigma * x) / (alpha * alpha + sigma * sigma) : mean, t, s);
    }
}

/// <summary>PNDM; 50 steps on evenly spaced grids.</summary>
[Kind("pndm")]
public sealed record PndmOptions : SamplerOptions
{
    /// <summary>Whether it starts with Runge-Kutta steps (F-PNDM) rather than as PLMS.</summary>
    public bool RungeKutta { get; init; }

    /// <summary>Whether means are taken of v instead of the noise, as diffusers does for models that predict v; less exact.</summary>
    public bool MeanOfV { get; init; }

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) =>
        new Pndm(NoiseRatio.WithSignal(Noisy(process, "pndm"), "sampler pndm"), RungeKutta, MeanOfV);
}
