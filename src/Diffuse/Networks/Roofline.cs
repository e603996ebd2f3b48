using System.Diagnostics;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What libtorch's convolutions of a network would take alone, each at its fastest: the bound that a training step is held against.</summary>
/// <param name="Precision">Of the arithmetic that was measured.</param>
/// <param name="Operations">Floating-point operations of one step in convolutions, forward and backward: 3 x 2 N H' W' out in k^2 each.</param>
/// <param name="Seconds">Of all of them one after the other, each the best of several.</param>
internal sealed record Roofline(Precision Precision, double Operations, double Seconds)
{
    /// <param name="step">Runs the network once, forward.</param>
    /// <returns>One for each precision.</returns>
    public static IReadOnlyList<Roofline> Measure(nn.Module network, IReadOnlyList<Precision> precisions, Action step)
    {
        var seen = new Dictionary<(Conv2d Layer, string Shape), (long[] Input, int Calls)>();
        var hooks = network.modules().OfType<Conv2d>().Distinct().Select(layer => layer.register_forward_hook((_, x, y) =>
        {
            var key = (layer, string.Join('x', x.shape));
            seen[key] = (x.shape, seen.GetValueOrDefault(key).Calls + 1);
            return y;
        })).ToList();
        try
        {
            step();
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
        }

        // Layers of one shape are measured once.
        var alike = seen.GroupBy(one => (one.Key.Shape, Weight: string.Join('x', one.Key.Layer.Weight.shape), one.Key.Layer.Stride))
            .Select(shape => (shape.First().Key.Layer, shape.First().Value.Input, Calls: shape.Sum(one => one.Value.Calls))).ToList();
        return [.. precisions.Select(precision =>
        {
            var costs = alike.Select(shape => (shape.Calls, Fastest: Fastest(shape.Layer, shape.Input, precision))).ToList();
            return new Roofline(precision, costs.Sum(one => one.Calls * one.Fastest.Operations), costs.Sum(one => one.Calls * one.Fastest.Seconds));
        })];
    }

    private static (double Operations, double Seconds) Fastest(Conv2d layer, long[] input, Precision precision)
    {
        using var scope = NewDisposeScope();
        var weight = layer.Weight.shape;
        Tensor Of(params long[] shape) => precision.Cast(rand(shape, device: layer.Weight.device));
        var x = ChannelsLast.Of(Of(input)).detach().requires_grad_();
        var (kernel, offset) = (Of(weight).requires_grad_(), Of(weight[0]).requires_grad_());
        var slope = ChannelsLast.Of(rand_like(layer.Convolve(x, kernel, offset)));
        var best = Enumerable.Range(0, 6).Min(_ =>
        {
            using var inner = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            autograd.backward(layer.Convolve(x, kernel, offset), slope);
            slope.device.Wait();
            var time = clock.Elapsed;
            (x.grad, kernel.grad, offset.grad) = (null, null, null);
            return time.TotalSeconds;
        });
        var output = slope.shape;
        return (6.0 * output[0] * output[2] * output[3] * weight[0] * weight[1] * weight[2] * weight[3], best);
    }
}
