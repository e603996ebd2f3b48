using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// The bound on -log p(x0) in continuous time (Kingma et al. 2021, equations 11 to 17), in bits per dimension of 8-bit data:
///   KL(q(x_T | x0) || N(0, PriorSigma^2 I)) - log p(x0 | x_first) + 1/2 integral of -dlogSNR/dt |eps - e|^2 dt,
/// with e the noise that the model sees in x_t, the integral as its value at the drawn time (draw them uniformly), and p(x0 | x_first) by Bayes' rule
/// from 256 equally likely levels. The integral's mean depends on a schedule's ends alone. So the ends of a learned one take the gradient of
/// the bound; its form takes that of the integral's square, which is that of its variance (appendix I.2).
/// </summary>
/// <remarks>
/// How the estimate e itself changes with the schedule at a fixed x_t is left out of these gradients: at the best model its mean effect is 0.
/// </remarks>
internal sealed class ContinuousBound(NoiseSchedule q) : ILoss
{
    /// <summary>Between neighbours of the 256 levels of [-1, 1].</summary>
    private const double Level = 2.0 / 255;

    /// <summary>Levels further away than so many standard deviations count nothing.</summary>
    private const double Tail = 9;

    /// <summary>With the reconstruction at eps.</summary>
    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps) => Bound(model, x0, given, t, eps, eps);

    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps, INoise z) =>
        Bound(model, x0, given, t, eps, z.Normal(x0));

    private Tensor Bound(Model model, Tensor x0, Condition given, Times t, Tensor eps, Tensor atFirst) =>
        (Prior(x0) + Reconstruction(x0, atFirst) + Diffusion(model, x0, given, t, eps)) / Math.Log(2);

    private Tensor Prior(Tensor x0)
    {
        var end = q.Levels(Times.All(q.Horizon, x0.shape[0]), x0);
        var prior = tensor(2 * Math.Log(q.PriorSigma), x0.dtype, x0.device);
        return Mean(Gaussian.Kl(end.Alpha * x0, 2 * end.Sigma.log(), zeros_like(x0), prior));
    }

    /// <summary>
    /// -log of q(x | level of x0) over its sum for all levels. Level k + j lies (alpha/sigma) Level j from level k, in standard deviations.
    /// </summary>
    private Tensor Reconstruction(Tensor x0, Tensor eps)
    {
        var first = q.Levels(Times.All(q.TimeAt(0), x0.shape[0]), x0);
        var spacing = Level * first.Alpha / first.Sigma;
        var reach = (int)Math.Min(Math.Ceiling(2 * Tail / spacing.min().to(ScalarType.Float64).item<double>()), 255);
        var j = arange(-reach, reach + 1, dtype: x0.dtype, device: x0.device).reshape([-1, .. Enumerable.Repeat(1L, (int)x0.dim())]);
        var level = ((x0 + 1) / Level).round() + j;                                                      // [2 reach + 1, N, ...]
        var outside = (level < 0).logical_or(level > 255);
        var logs = (-0.5 * (eps - j * spacing).square()).masked_fill(outside, double.NegativeInfinity);
        return Mean(0.5 * eps.square() + logs.logsumexp(0));
    }

    private Tensor Diffusion(Model model, Tensor x0, Condition given, Times t, Tensor eps)
    {
        var levels = q.Levels(t, x0);
        var x = levels.Alpha * x0 + levels.Sigma * eps;
        var error = (eps - NoiseEstimate.Of(model, q, model.F(x, t, given).F, x, t)).square();
        var losses = -0.5 * (q.TimeAt(1) - q.TimeAt(0)) * levels.Rate.flatten() * Mean(error);
        return levels.Shape.Any(part => part.Leaf.requires_grad) ? losses + ForLeastVariance(losses, levels) : losses;
    }

    /// <summary>
    /// Zeros whose gradient is that of the squared losses over their mean (which keeps its scale away from the network's), for the form alone.
    /// </summary>
    private static Tensor ForLeastVariance(Tensor losses, NoiseLevels levels)
    {
        var leaves = levels.Shape.Select(part => part.Leaf).ToList();
        var gradients = autograd.grad([losses.sum()], leaves, retain_graph: true);
        var outer = 2 * losses.detach() / losses.detach().square().mean();
        var square = zeros_like(losses);
        foreach (var (part, gradient) in levels.Shape.Zip(gradients))
        {
            square = square + outer * (gradient * (part.Live - part.Live.detach())).to(losses.dtype);
        }

        return square;
    }

    private static Tensor Mean(Tensor perElement) => perElement.flatten(1).mean([1]);
}

/// <summary>The variational bound of a process in continuous time.</summary>
[Kind("variational-continuous")]
public sealed record ContinuousBoundOptions : LossOptions
{
    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => process is NoiseSchedule q && q.Steps is null
        ? new ContinuousBound(q)
        : throw new ConfigException("loss variational-continuous needs a noisy process in continuous time (learned, ...); variational works on counted steps");
}
