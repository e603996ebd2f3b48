using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What the convolutions of a network would take alone, each at its fastest: the bound that a training step is held against.</summary>
/// <param name="Operations">Floating-point operations of one step in convolutions, forward and backward: 3 x 2 N H' W' out in k^2 each.</param>
/// <param name="Seconds">Of all of them one after the other, each the best of several.</param>
internal sealed record Roofline(double Operations, double Seconds)
{
    /// <param name="step">Runs the network once, forward.</param>
    /// <param name="precision">Of the arithmetic that is measured.</param>
    public static Roofline Measure(nn.Module network, Action step, Precision precision)
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
        var alike = seen.GroupBy(one => (one.Key.Shape, Weight: string.Join('x', one.Key.Layer.Weight.shape), one.Key.Layer.Stride));
        var (operations, seconds) = (0.0, 0.0);
        foreach (var shape in alike)
        {
            var ((layer, _), (input, _)) = shape.First();
            var calls = shape.Sum(one => one.Value.Calls);
            var (own, time) = Fastest(layer, input, precision);
            operations += calls * own;
            seconds += calls * time;
        }

        return new Roofline(operations, seconds);
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
            Wait(slope);
            var time = clock.Elapsed;
            (x.grad, kernel.grad, offset.grad) = (null, null, null);
            return time.TotalSeconds;
        });
        var output = slope.shape;
        return (6.0 * output[0] * output[2] * output[3] * weight[0] * weight[1] * weight[2] * weight[3], best);
    }

    private static void Wait(Tensor on)
    {
        if (on.device_type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }
}
