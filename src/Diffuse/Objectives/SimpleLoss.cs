using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>How far an output's element is from its target, for an error e.</summary>
public enum Norm
{
    /// <summary>e^2 (Ho et al. 2020).</summary>
    L2,

    /// <summary>|e| (Saharia et al. 2021; Bansal et al. 2022).</summary>
    L1,

    /// <summary>The pseudo-Huber 2 d (sqrt(e^2 + d^2) - d): e^2 below d, 2 d |e| above it.</summary>
    Huber,
}

/// <summary>
/// L_simple (Ho et al. 2020, equation 14) for every parameterization: the mean of (F - F*)^2 over an image's elements, times w_F(t). With eps
/// that is the noise's error, with v the velocity's, with Karras's preconditioning EDM's loss. Another norm takes the square's place and keeps
/// the square's weight.
/// </summary>
internal sealed class SimpleLoss(IWeight? weight = null, Norm norm = Norm.L2, double delta = 0.1) : ILoss
{
    /// <inheritdoc/>
    public Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps) =>
        Of(model, model.F(model.Process.Corrupt(x0, t, eps), t, given).F, x0, t, eps);

    /// <summary>The loss of an output that is there already.</summary>
    public Tensor Of(Model model, Tensor f, Tensor x0, Times t, Tensor eps)
    {
        var error = Distance(f - model.Parameterization.Target(x0, eps, t)).flatten(1).mean([1]);
        return weight is null ? error : error * t.Coefficients(time => weight.OnX0(time) * Math.Pow(model.Parameterization.At(time).Out, 2), error);
    }

    private Tensor Distance(Tensor error) => norm switch
    {
        Norm.L1 => error.abs(),
        Norm.Huber => 2 * delta * ((error.square() + delta * delta).sqrt() - delta),
        _ => error.square(),
    };
}

/// <summary>The error of the network's output, weighted or not.</summary>
[Kind("simple")]
public sealed record SimpleLossOptions : LossOptions
{
    /// <summary>None: every time counts the same.</summary>
    public WeightOptions? Weight { get; init; }

    public Norm Norm { get; init; } = Norm.L2;

    /// <summary>d, where huber goes over from the square to the absolute value.</summary>
    [Range(1e-6, 1e6)]
    public double HuberDelta { get; init; } = 0.1;

    /// <inheritdoc/>
    public override ILoss Build(ForwardProcess process) => new SimpleLoss(Weight?.Build(process), Norm, HuberDelta);
}
