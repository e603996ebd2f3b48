using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// The perfect network for a known law under any parameterization: F = (D - c_skip x) / c_out with the exact D. It finds t by the label that it
/// is told.
/// </summary>
internal sealed class ExactNetwork(KnownData data, NoiseSchedule q, Parameterization parameterization, IEnumerable<double> times) : Network("exact")
{
    private readonly Dictionary<float, double> timeOf = times.Distinct().ToDictionary(t => (float)parameterization.At(t).Noise);

    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    /// <summary>A time between those that were given, where labels only rise or only fall with time.</summary>
    private double Between(float label)
    {
        var (low, high) = (0.0, timeOf.Values.Max());
        var rise = Math.Sign(parameterization.At(high).Noise - parameterization.At(high / 2).Noise);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = parameterization.At(middle).Noise * rise < label * rise ? (middle, high) : (low, middle);
        }

        return high;
    }

    public override Tensor forward(Tensor scaled, Tensor noise, Condition given)
    {
        var label = noise[0].item<float>();
        Assert.Equal(label, noise.min().item<float>());
        Assert.Equal(label, noise.max().item<float>());
        var t = timeOf.TryGetValue(label, out var listed) ? listed : Between(label);
        var c = parameterization.At(t);
        var x = scaled / c.In;
        return (data.Denoise(q, x, t) - c.Skip * x) / c.Out;
    }
}
