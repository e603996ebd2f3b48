using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Samplers;

public sealed class EdmTests
{
    [Theory]
    [InlineData("edm")]
    [InlineData("cosine")]
    [InlineData("linear")]
    [InlineData("flow")]
    public void With_churn_too_it_recovers_the_law_of_the_data(string process)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var grid = Grids.For(q, 200);
        var sampler = new EdmOptions { SChurn = 40, SMin = 0.05, SMax = 50 }.Build(q);
        using var generator = new PerImageNoise(1, [0]);
        var noise = new Batched(generator);
        var x = q.Corrupt(data.Draw(2000, 1), Times.All(grid.Times[0], 2000), noise.Normal(data.Draw(2000, 2)));
        var result = sampler.Sample((at, t) => new Denoised(data.Denoise(q, at, t)), x, grid, noise);
        Assert.True(noise.Draws > 20, $"{noise.Draws} draws");
        var (mean, variance) = data.Moments();
        for (var pixel = 0; pixel < data.Pixels; pixel++)
        {
            var values = Close.Values(result.select(3, pixel));
            Assert.InRange(values.Average(), mean[pixel] - 0.06, mean[pixel] + 0.06);
            Assert.InRange(values.Average(value => Math.Pow(value - values.Average(), 2)) / variance[pixel], 0.85, 1.15);
        }
    }

    [Fact]
    public void On_edms_own_process_it_is_heuns_method()
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var q = (NoiseSchedule)new EdmScheduleOptions().Build();
        var grid = new KarrasOptions().Build(q, 10);
        Denoised D(Tensor x, double t) => new(data.Denoise(q, x, t));
        var x = 80 * data.Draw(8, 1);
        Close.Equal(new Heun(q).Sample(D, x, grid, new NoNoise()), new Edm(q).Sample(D, x, grid, new NoNoise()));
    }

    [Fact, LeaksNoTensors]
    public void Churn_leaves_its_result_and_nothing_else()
    {
        var q = (NoiseSchedule)new CosineOptions().Build();
        using var x = zeros(2, 1, 4, 4);
        using var z = new PerImageNoise(1, [0, 1]);
        using var result = new EdmOptions { SChurn = 10 }.Build(q).Sample((noisy, _) => new Denoised(0.5 * noisy), x, new TrailingOptions().Build(q, 10), z);
    }

    [Fact]
    public void Euler_and_heun_refuse_a_signal_that_vanishes_infinitely_fast()
    {
        var q = new LinearOptions { ZeroTerminalSnr = true }.Build();
        Assert.Contains("take ddim or edm", Assert.Throws<ConfigException>(() => new EulerOptions().Build(q)).Message);
        Assert.Contains("take ddim or edm", Assert.Throws<ConfigException>(() => new HeunOptions().Build(q)).Message);
    }

    /// <summary>All images' noise from one generator; counts the draws.</summary>
    private sealed class Batched(INoise inner) : INoise
    {
        public int Draws { get; private set; }

        public Tensor Normal(Tensor like)
        {
            Draws++;
            return inner.Normal(like.unsqueeze(0)).squeeze(0);
        }
    }
}
