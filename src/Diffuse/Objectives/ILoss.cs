using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>A loss of a denoising model.</summary>
public interface ILoss
{
    /// <summary>[N] for images x0 [N, C, H, W] corrupted to the times t by eps.</summary>
    Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps);

    /// <summary>The same for losses that draw more than eps.</summary>
    Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps, INoise z) => PerImage(model, x0, given, t, eps);
}

/// <summary>How a config names a loss: <c>loss: { kind: simple, weight: min-snr }</c>.</summary>
public abstract record LossOptions
{
    /// <summary>Whether the network needs a second half of output channels for the variance.</summary>
    public virtual bool LearnsVariance => false;

    /// <exception cref="ConfigException">The loss has no meaning on this process.</exception>
    public abstract ILoss Build(ForwardProcess process);
}
