using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>p(class | x_t), told the time as a denoiser of the same process and parameterization is: logits(c_in x_t; c_noise).</summary>
public sealed class NoisyClassifier(Classifier network, Parameterization parameterization, ForwardProcess process)
{
    public ForwardProcess Process => process;

    public Classifier Network => network;

    public int Classes => network.Classes;

    /// <summary>[N, K]. Clean images, at time 0, are told the least noisy time that a denoiser knows.</summary>
    /// <param name="x">[N, C, H, W] at one time per image.</param>
    public Tensor Logits(Tensor x, Times t) =>
        network.Told(parameterization, x, new Times(t.Map(time => Math.Max(time, process.TimeAt(0)))), Condition.None);
}
