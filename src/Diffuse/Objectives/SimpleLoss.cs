using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// L_simple (Ho et al. 2020, equation 14) for every parameterization: the mean of (F - F*)^2 over an image's elements, times w_F(t). With eps
/// that is the noise's error, with v the velocity's, with Karras's preconditioning EDM's loss.
/// </summary>
internal sealed class SimpleLoss(IWeight? weight = null) : ILoss
{
    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps) =>
        Of(model, model.F(model.Process.Corrupt(x0, t, eps), t, given).F, x0, t, eps);

    /// <summary>The loss of an output that is there already.</summary>
    public Tensor Of(Model model, Tensor f, Tensor x0, Times t, Tensor eps)
    {
        var error = (f - model.Parameterization.Target(x0, eps, t)).square().flatten(1).mean([1]);
        return weight is null ? error : error * t.Coefficients(time => weight.OnX0(time) * Math.Pow(model.Parameterization.At(time).Out, 2), error);
    }
}

/// <summary>The squared error of the network's output, weighted or not.</summary>
[Kind("simple")]
public sealed record SimpleLossOptions : LossOptions
{
    /// <summary>None: every time counts the same.</summary>
    public WeightOptions? Weight { get; init; }

    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => new SimpleLoss(Weight?.Build(process));
}
