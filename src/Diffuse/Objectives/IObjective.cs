using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>What is minimized. The trainer knows this and no diffusion.</summary>
public interface IObjective
{
    nn.Module Trainable { get; }

    /// <summary>The loss of each image, [N] float32, with gradients.</summary>
    /// <param name="z">The noise of this step.</param>
    /// <param name="random">All other draws of this step: times, dropped conditions.</param>
    Tensor Loss(Batch batch, INoise z, Random random);

    /// <summary>
    /// Tensors beside parameters that a checkpoint must hold for an exact resume, by name; empty for most. Loading copies into them.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>();
}

/// <summary>How a config names what is minimized: <c>objective: { kind: denoising, loss: simple }</c>.</summary>
public abstract record ObjectiveOptions
{
    /// <summary>Whether the network needs a second half of output channels for the variance.</summary>
    public virtual bool LearnsVariance => false;

    /// <param name="none">What replaces a dropped condition; null where the data has none.</param>
    /// <exception cref="ConfigException">The loss has no meaning on the model's process.</exception>
    public abstract IObjective Build(Model model, NullCondition? none);
}
