using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Parameterizations;
using Diffuse.Processes;
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

/// <summary>What objectives are built from.</summary>
/// <param name="Conditions">What the network is told.</param>
/// <param name="Features">Opens networks in whose features images are compared; null where there are none.</param>
public sealed record ObjectiveParts(
    Network Network, Parameterization Parameterization, ForwardProcess Process, Conditioning Conditions, IFeatureSources? Features = null)
{
    /// <summary>The network as a denoiser.</summary>
    public Model Model => new(Network, Parameterization, Process, Conditions.Text);
}

/// <summary>How a config names what is minimized: <c>objective: { kind: denoising, loss: simple }</c>.</summary>
public abstract record ObjectiveOptions
{
    /// <summary>The folder of a checkpoint that holds the network.</summary>
    public abstract string Folder { get; }

    /// <summary>The share of training images for which a condition that names no share itself is withheld.</summary>
    public virtual double Withheld => 0;

    /// <summary>The network that it trains, for images of a shape.</summary>
    /// <exception cref="ConfigException">The data are not what it needs.</exception>
    public abstract NetworkShape Asks(NetworkShape images, ConditionSources from);

    /// <exception cref="ConfigException">The loss has no meaning on the process, or the network is of another sort.</exception>
    public abstract IObjective Build(ObjectiveParts parts);
}
