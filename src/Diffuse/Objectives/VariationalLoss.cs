using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// L_vlb: the bound itself (Ho et al. 2020, equation 5), as T times its term at the drawn step, in bits per dimension, up to the constant L_T.
/// Noisy: draw the times by second-moment (Nichol and Dhariwal 2021, section 3.3).
/// </summary>
internal sealed class VariationalLoss(NoiseSchedule q, Variance variance) : ILoss
{
    private readonly VariationalBound bound = new(q, new ReverseVariance(q, variance));

    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps)
    {
        var x = q.Corrupt(x0, t, eps);
        var s = new Times(Array.ConvertAll(t.Values, time => time - 1));
        return q.Steps!.Value * bound.Step(x0, x, s, t, model.Denoise(x, t, given));
    }
}

/// <summary>The variational bound.</summary>
[Kind("variational")]
public sealed record VariationalLossOptions : LossOptions
{
    /// <summary>small and large are fixed; learned doubles the network's output channels.</summary>
    public Variance Variance { get; init; } = Variance.Learned;

    /// <inheritdoc/>
    public override bool LearnsVariance => Variance == Variance.Learned;

    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => new VariationalLoss(VariationalBound.Chain(process, "loss variational"), Variance);
}
