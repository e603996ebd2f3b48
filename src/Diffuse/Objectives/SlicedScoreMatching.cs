using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Sliced score matching with reduced variance (Song et al. 2019, equation 8): v^T grad(v^T s) + |s|^2 / 2 for the score s of x_t and random
/// directions v, which needs no target. At every noise level and weighted by sigma^2 as in NCSN, so with the noise e = -sigma s that the model sees:
///   |e|^2 / 2 - sigma v^T (de/dx) v,
/// a mean over elements. It differs from half the simple loss on eps by a constant. Two derivatives through the network: takes float32.
/// </summary>
/// <param name="projections">Directions for each image; 0: the exact trace, a pass for each element.</param>
internal sealed class SlicedScoreMatching(NoiseSchedule q, int projections) : ILoss
{
    /// <summary>With the exact trace, which needs no draws.</summary>
    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps) =>
        Matched(model, x0, given, t, eps, Axes(x0));

    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps, INoise z) => projections == 0
        ? PerImage(model, x0, given, t, eps)
        : Matched(model, x0, given, t, eps, Enumerable.Range(0, projections).Select(_ => (z.Normal(x0).sign(), 1.0 / projections)));

    /// <param name="directions">v with the weight of each.</param>
    private Tensor Matched(Model model, Tensor x0, Condition given, Times t, Tensor eps, IEnumerable<(Tensor V, double Weight)> directions)
    {
        var trains = is_grad_enabled();
        using var gradients = enable_grad();
        var x = q.Corrupt(x0, t, eps).detach().requires_grad_(true);
        var e = NoiseEstimate.Of(model, q, model.F(x, t, given).F, x, t);
        var trace = zeros_like(x);
        foreach (var (v, weight) in directions)
        {
            var along = autograd.grad([(e * v).sum()], [x], retain_graph: true, create_graph: trains)[0];
            trace = trace + weight * along * v;
        }

        var losses = (0.5 * e.square() - t.Coefficients(q.Sigma, x) * trace).flatten(1).mean([1]);
        return trains ? losses : losses.detach();
    }

    /// <summary>Every element's own direction: together they give the trace itself.</summary>
    private static IEnumerable<(Tensor, double)> Axes(Tensor like)
    {
        var elements = like[0].numel();
        for (var i = 0L; i < elements; i++)
        {
            var v = zeros([1, elements], like.dtype, like.device);
            v.narrow(1, i, 1).fill_(1);
            yield return (v.reshape([1, .. like.shape[1..]]), 1);
        }
    }
}

/// <summary>The score without a target, by random projections.</summary>
[Kind("sliced-score-matching")]
public sealed record SlicedScoreMatchingOptions : LossOptions
{
    /// <summary>Random directions for each image; 0: the exact trace, for images of a few pixels.</summary>
    [Range(0, 1000)]
    public int Projections { get; init; } = 1;

    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => new SlicedScoreMatching(
        process as NoiseSchedule ?? throw new ConfigException("loss sliced-score-matching needs a process that adds Gaussian noise"), Projections);
}
