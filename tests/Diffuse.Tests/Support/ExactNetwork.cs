using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// The perfect network for a known law, or for any D that is given, under any parameterization: F = (D - c_skip x) / c_out. It finds t by the
/// label that it is told: among the listed times, else (a solver that chooses its own) by bisection, labels being monotone in t.
/// </summary>
internal sealed class ExactNetwork(Func<Tensor, double, Tensor> denoise, Parameterization parameterization, IEnumerable<double> times, double horizon = 0)
    : Network("exact")
{
    public ExactNetwork(KnownData data, NoiseSchedule q, Parameterization parameterization, IEnumerable<double> times)
        : this((x, t) => data.Denoise(q, x, t), parameterization, times, q.Horizon)
    {
    }

    private readonly Dictionary<float, double> timeOf = times.Distinct().ToDictionary(t => (float)parameterization.At(t).Noise);

    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    public override Tensor forward(Tensor scaled, Tensor noise, Condition given)
    {
        var labels = Close.Values(noise);
        var label = labels[0];
        Assert.All(labels, other => Assert.Equal(label, other));
        var t = timeOf.TryGetValue((float)label, out var listed) ? listed : TimeOf(label);
        var c = parameterization.At(t);
        var x = scaled / c.In;
        return (denoise(x, t) - c.Skip * x) / c.Out;
    }

    private double TimeOf(double label)
    {
        var (low, high) = (0.0, horizon);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Label(middle) < label == Label(low) < Label(high) ? (middle, high) : (low, middle);
        }

        return high;
    }

    private double Label(double t) => parameterization.At(t).Noise;
}
