using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Samplers;

/// <summary>A sampler of one's own is this much; the laws of all samplers run over it too.</summary>
internal sealed class Refreshing(NoiseSchedule q, double share) : StepSampler
{
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var x0 = D(x, t).X0;
        var fresh = share * q.Posterior(s, t).Variance;
        return q.Alpha(s) * x0 + Math.Sqrt(q.Sigma(s) * q.Sigma(s) - fresh) * q.Eps(x, x0, t) + Math.Sqrt(fresh) * z.Normal(x);
    }
}

[Kind("refreshing")]
public sealed record RefreshingOptions : SamplerOptions
{
    [Range(0.0, 1.0)]
    public double Share { get; init; } = 0.5;

    public override ISampler Build(ForwardProcess process) => new Refreshing(Noisy(process, "refreshing"), Share);
}

public sealed class ExtensionTests
{
    [Fact]
    public void A_config_names_a_sampler_that_is_only_in_this_file()
    {
        using var scope = NewDisposeScope();
        var sampling = ConfigReader.Read<SamplingOptions>("sampler: { kind: refreshing, share: 1 }", "own.yaml");
        var q = (NoiseSchedule)new CosineOptions().Build();
        var (data, grid) = (KnownData.Mixture(), sampling.Grid.Build(q, 5));
        var draws = Enumerable.Range(0, 5).Select(i => data.Draw(4, i)).ToList();
        Tensor Sample(ISampler sampler) => sampler.Sample((x, t) => new Denoised(data.Denoise(q, x, t)), data.Draw(4, 9), grid, new ListedNoise(draws));
        Close.Equal(Sample(new Ddim(q, eta: 1)), Sample(sampling.Sampler.Build(q)));
    }

    [Fact]
    public void Errors_know_its_name_and_its_keys()
    {
        string Error(string text) => Assert.Throws<ConfigException>(() => ConfigReader.Read<SamplingOptions>(text, "own.yaml")).Message;
        Assert.Contains("did you mean 'refreshing'?", Error("sampler: refreshin"));
        Assert.Contains("from 0 to 1", Error("sampler: { kind: refreshing, share: 2 }"));
    }

    [Fact]
    public void A_config_with_it_is_written_and_read_back()
    {
        var sampling = new SamplingOptions { Sampler = new RefreshingOptions { Share = 0.25 } };
        var written = ConfigWriter.Write(sampling);
        var read = ConfigReader.Read<SamplingOptions>(written, "own.yaml");
        Assert.Equal(sampling.Sampler, read.Sampler);
        Assert.Equal(written, ConfigWriter.Write(read));
    }
}
