using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>What holds for the few-step samplers in all of their forms, not for their defaults alone.</summary>
public sealed class SolverLaws
{
    private static readonly BetaSchedule Q = (BetaSchedule)new LinearOptions().Build();

    public static TheoryData<string> Names => [.. Solvers.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void With_the_exact_denoiser_it_recovers_the_law_of_the_data(string solver)
    {
        const int Images = 1000;
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var grid = new LogSnrOptions().Build(Q, 100);
        using var z = new PerImageNoise(3, [0]);
        var (noise, x0) = (new OneGenerator(z), data.Draw(Images, 1));
        var x = Q.Corrupt(x0, Times.All(Q.Horizon, Images), noise.Normal(x0));
        var result = Solvers.All[solver].Build(Q).Sample(Exact(data, Q), x, grid, noise);
        var (mean, variance) = data.Moments();
        for (var pixel = 0; pixel < data.Pixels; pixel++)
        {
            var values = Close.Values(result.select(3, pixel));
            var average = values.Average();
            var tolerance = 4 * Math.Sqrt(variance[pixel] / Images) + 0.02;
            Assert.InRange(average, mean[pixel] - tolerance, mean[pixel] + tolerance);
            Assert.InRange(values.Sum(value => (value - average) * (value - average)) / (Images - 1) / variance[pixel], 0.8, 1.2);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_single_step_onto_clean_data_is_the_estimate(string solver)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var x = data.Draw(4, 1);
        var result = Solvers.All[solver].Build(Q).Sample(Exact(data, Q), x, new TimeGrid([700, 0]), new NoNoise());
        Close.Equal(data.Denoise(Q, x, 700), result, 1e-9, 1e-12);
    }

    [Theory, MemberData(nameof(Names))]
    public void It_asks_as_often_as_it_says(string solver)
    {
        using var scope = NewDisposeScope();
        var sampler = Solvers.All[solver].Build(Q);
        foreach (var (steps, end) in new[] { (8, 0), (2, 1), (1, 0) })
        {
            var grid = new TrailingOptions { End = end }.Build(Q, steps);
            var asked = 0;
            sampler.Sample(Counted, zeros(1, 1, 1, 3, ScalarType.Float64), grid, new NoNoise());
            if (sampler is MultistepSampler multistep)
            {
                Assert.Equal(multistep.Evaluations(grid), asked);
            }

            Denoised Counted(Tensor x, double t)
            {
                asked++;
                Assert.True(t > 0);
                return new(x * 0.5);
            }
        }
    }

    [Theory]
    [InlineData("dpmsolver++ 1", 0)]
    [InlineData("dpmsolver 1", 0)]
    [InlineData("unip 1", 0)]
    [InlineData("lms 1", 0)]
    [InlineData("sde-dpmsolver++ 1", 1)]
    [InlineData("euler-ancestral", 1)]
    public void First_order_is_ddim(string solver, double eta)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var grid = new TrailingOptions().Build(Q, 10);
        var (x, draws) = (data.Draw(8, 1), Enumerable.Range(0, 10).Select(i => data.Draw(8, 10 + i)).ToList());
        var ddim = new Ddim(Q, eta).Sample(Exact(data, Q), x, grid, new ListedNoise(draws));
        Close.Equal(ddim, Solvers.All[solver].Build(Q).Sample(Exact(data, Q), x, grid, new ListedNoise(draws)), 1e-9, 1e-11);
    }

    [Theory]
    [InlineData("dpmsolver++ 2")]
    [InlineData("dpmsolver++ 3")]
    [InlineData("sde-dpmsolver++ 2")]
    [InlineData("unipc 2")]
    [InlineData("unipc 2 bh1")]
    [InlineData("unipc 3")]
    public void A_walk_may_start_where_no_signal_is_left(string solver)
    {
        using var scope = NewDisposeScope();
        var q = (BetaSchedule)new LinearOptions { ZeroTerminalSnr = true }.Build();
        var data = KnownData.Gaussian();
        var x = data.Draw(16, 2);
        var end = Solvers.All[solver].Build(q).Sample(Exact(data, q), x, new TrailingOptions().Build(q, 250), new NoNoise());
        Assert.InRange((end - data.Decode(q, x, q.Horizon)).abs().max().item<double>(), 0, solver.StartsWith("sde") ? 10 : 0.05);
    }

    private static Denoiser Exact(KnownData data, NoiseSchedule q) => (x, t) => new Denoised(data.Denoise(q, x, t));

    /// <summary>All images' noise from one generator.</summary>
    private sealed class OneGenerator(INoise inner) : INoise
    {
        public Tensor Normal(Tensor like) => inner.Normal(like.unsqueeze(0)).squeeze(0);
    }
}
