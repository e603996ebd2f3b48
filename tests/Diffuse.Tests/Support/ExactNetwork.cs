using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// The perfect network for a known law, or for any D that is given, under any parameterization: F = (D - c_skip x) / c_out. It finds t by the
/// label that it is told.
/// </summary>
internal sealed class ExactNetwork(Func<Tensor, double, Tensor> denoise, Parameterization parameterization, IEnumerable<double> times) : Network("exact")
{
    public ExactNetwork(KnownData data, NoiseSchedule q, Parameterization parameterization, IEnumerable<double> times)
        : this((x, t) => data.Denoise(q, x, t), parameterization, times)
    {
    }

    private readonly Dictionary<float, double> timeOf = times.Distinct().ToDictionary(t => (float)parameterization.At(t).Noise);

    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    public override Tensor forward(Tensor scaled, Tensor noise, Condition given)
    {
        var label = noise[0].item<float>();
        Assert.Equal(label, noise.min().item<float>());
        Assert.Equal(label, noise.max().item<float>());
        var t = timeOf[label];
        var c = parameterization.At(t);
        var x = scaled / c.In;
        return (denoise(x, t) - c.Skip * x) / c.Out;
    }
}
