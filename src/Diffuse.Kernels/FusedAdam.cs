using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>A step of Adam with everything that follows it, in one pass over memory.</summary>
public static class FusedAdam
{
    private static readonly Operator AdamStepOperator = Kernels.Operator("adam_step_");

    /// <summary>Algorithm 1 of Kingma and Ba (2015) on scale times the gradient, with decay; then the averages follow the weights, and the gradient is cleared.</summary>
    /// <param name="weights">[n] float32 on the CPU, as are the other vectors.</param>
    /// <param name="averages">Each becomes keep average + (1 - keep) weights.</param>
    /// <param name="k">The number of the step, counted from 1.</param>
    /// <param name="decoupled">The decay shrinks the weights themselves (AdamW) rather than being added to the gradient.</param>
    /// <exception cref="ExternalException">A vector of another length, type or device.</exception>
    public static void Step(
        Tensor weights, Tensor gradient, Tensor mean, Tensor meanSquare, IReadOnlyList<(Tensor Average, double Keep)> averages, double scale,
        double rate, double beta1, double beta2, double eps, long k, double decay, bool decoupled) =>
        AdamStepOperator.Do(
            weights, gradient, mean, meanSquare, averages.Select(one => one.Average).ToArray(), averages.Select(one => one.Keep).ToArray(), scale, rate,
            beta1, beta2, eps, k, decay, decoupled);
}
