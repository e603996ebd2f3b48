using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// The exact log-density of a model along its probability-flow ODE dx/dt = v(x, t) (Song et al. 2021, equation 39; Chen et al. 2018):
///   log p(x) = log N(x_T; 0, PriorSigma^2 I) + int_eps^T div v dt,
/// with x counted as x_eps. The divergence is Hutchinson's estimate p^T (dv/dx) p for a probe p with E[p p^T] = I, the same one all along an
/// image's path (Grathwohl et al. 2019), by automatic differentiation through the denoiser.
/// </summary>
/// <param name="epsilon">eps as a share of the clock.</param>
internal sealed class FlowLikelihood(NoiseSchedule q, double epsilon = 1e-5, double rtol = 1e-5, double atol = 1e-5)
{
    /// <summary>log p(x) in nats for each image and probe, [N, K] float64, and x_T, [N, C, H, W] float64.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="probes">K draws with the shape of x.</param>
    /// <exception cref="ArithmeticException">The solver is stuck: the tolerances are below the network's precision, say.</exception>
    public (Tensor LogDensity, Tensor Latent) Of(Denoiser D, Tensor x, IReadOnlyList<Tensor> probes)
    {
        var (n, pixels) = (x.shape[0], x.numel() / x.shape[0]);

        // As published the divergences stand beside x in one state, [N, C H W + K], and in its error norm.
        var start = cat([x.to(ScalarType.Float64).reshape(n, pixels), zeros(n, probes.Count, ScalarType.Float64, x.device)], 1);
        var end = DormandPrince.Solve(Rate, epsilon * q.Horizon, q.Horizon, start, rtol, atol);
        var latent = end.narrow(1, 0, pixels).reshape(x.shape);
        var prior = Gaussian.LogDensity(latent, q.PriorSigma).flatten(1).sum([1]).unsqueeze(1);
        return (prior + end.narrow(1, pixels, probes.Count), latent);

        Tensor Rate(double t, Tensor state)
        {
            var (velocity, divergence) = Flow(D, state.narrow(1, 0, pixels).reshape(x.shape).to(x.dtype), t, probes);
            return cat([velocity.to(ScalarType.Float64).reshape(n, pixels), divergence], 1);
        }
    }

    /// <summary>v(x, t) and p^T (dv/dx) p for each probe, [N, K] float64.</summary>
    public (Tensor Velocity, Tensor Divergence) Flow(Denoiser D, Tensor x, double t, IReadOnlyList<Tensor> probes)
    {
        using var gradients = enable_grad();
        using var scope = NewDisposeScope();
        var leaf = x.detach().clone().requires_grad_(true);
        var x0 = D(leaf, t).X0;
        var velocity = q.Velocity(leaf, x0, t).detach();
        var estimates = new List<Tensor>();
        for (var k = 0; k < probes.Count; k++)
        {
            // v = alpha' x0 + sigma' / sigma (x - alpha x0), so p^T (dv/dx) p takes J = p^T (dx0/dx) p alone.
            var J = Dot(autograd.grad([x0], [leaf], [probes[k]], retain_graph: k < probes.Count - 1)[0], probes[k]);
            estimates.Add(q.AlphaRate(t) * J + q.SigmaRate(t) / q.Sigma(t) * (Dot(probes[k], probes[k]) - q.Alpha(t) * J));
        }

        return (velocity.MoveToOuterDisposeScope(), stack(estimates, 1).MoveToOuterDisposeScope());
    }

    private static Tensor Dot(Tensor a, Tensor b) => (a.to(ScalarType.Float64) * b).flatten(1).sum([1]);
}
