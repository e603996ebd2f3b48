using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using TorchSharp;
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

    /// <summary>Tensors beside parameters that a checkpoint must hold for an exact resume, by name; empty for most.</summary>
    IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>();
}

/// <summary>A loss of a denoising model.</summary>
public interface ILoss
{
    /// <summary>[N] for images x0 [N, C, H, W] corrupted to the times t by eps.</summary>
    Tensor PerImage(Model model, Tensor x0, Condition given, Times t, Tensor eps);
}
