using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// L_hybrid = L_simple + lambda L_vlb (Nichol and Dhariwal 2021, equation 16) for a learned variance. The bound is T times its term at the
/// drawn step, in bits per dimension, and moves the variance alone: the mean in it is detached.
/// </summary>
internal sealed class HybridLoss(NoiseSchedule q, double lambda) : ILoss
{
    private readonly SimpleLoss simple = new();
    private readonly VariationalBound bound = new(q, new ReverseVariance(q, Variance.Learned));

    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps)
    {
        var x = q.Corrupt(x0, t, eps);
        var output = model.F(x, t, given);
        var s = new Times(Array.ConvertAll(t.Values, time => time - 1));
        var term = bound.Step(x0, x, s, t, model.Clean(output with { F = output.F.detach() }, x, t));
        return simple.Of(model, output.F, x0, t, eps) + lambda * q.Steps!.Value * term;
    }
}

/// <summary>The simple loss for the mean and a little of the bound for the variance.</summary>
[Kind("hybrid")]
public sealed record HybridLossOptions : LossOptions
{
    /// <summary>0.001 in the paper.</summary>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.001;

    /// <inheritdoc/>
    public override bool LearnsVariance => true;

    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => new HybridLoss(VariationalBound.Chain(process, "loss hybrid"), Lambda);
}
