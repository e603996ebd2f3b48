using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Denoising;

/// <summary>The times that networks are told.</summary>
public sealed class TimesTests
{
    private static readonly UNetOptions options = new() { Channels = [8], Blocks = 1, AttentionLevels = [], MiddleAttention = false, Groups = 4 };

    [Theory, InlineData("ve", true), InlineData("vp", true), InlineData("linear", false), InlineData("ncsn", false), InlineData("edm", false)]
    public void Fourier_features_take_times_above_0_alone(string kind, bool taken)
    {
        var process = Every.Default<ProcessOptions>(kind).Build();
        using var fourier = (options with { TimeFeatures = TimeFeature.Fourier }).Build(new NetworkShape(1, 1, 8, 8), Precision.Fp32, seed: 1);
        using var positional = options.Build(new NetworkShape(1, 1, 8, 8), Precision.Fp32, seed: 1);
        var eps = Every.Default<ParameterizationOptions>("eps").Build(process);

        positional.CheckTimes(eps, process);
        var refusal = Record.Exception(() => fourier.CheckTimes(eps, process));
        if (taken)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains("time_features fourier takes the logarithm", Assert.IsType<ConfigException>(refusal).Message, StringComparison.Ordinal);
        }
    }
}
