using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class SamplerLaws
{
    private const int Images = 2000;

    /// <summary>Annealed Langevin dynamics lags behind its levels unless its steps are large; LangevinLaws holds it.</summary>
    public static TheoryData<string, string> Combinations()
    {
        var all = new TheoryData<string, string>();
        foreach (var process in Noisy.Where(kind => kind != "constant"))
        {
            foreach (var sampler in Every.Kind<SamplerOptions>().Where(kind => kind != "annealed-langevin" && Samples(process, kind)))
            {
                all.Add(sampler, process);
            }
        }

        return all;
    }

    [Theory, MemberData(nameof(Combinations))]
    public void With_the_exact_denoiser_every_sampler_recovers_the_law_of_the_data(string sampler, string process)
    {
        using var scope = NewDisposeScope();
        foreach (var data in process is "linear" or "cosine" or "vp" or "flow" ? new[] { KnownData.Gaussian(), KnownData.Mixture() } : [KnownData.Mixture()])
        {
            var s = Every.Default<SamplerOptions>(sampler).Build(Every.Default<ProcessOptions>(process).Build());
            var few = s is MultistepSampler or Kdpm2;
            var (q, model, grid) = few ? Setting(data, process, "v", 100, new LogSnrOptions()) : Setting(data, process, "v", 1000);
            var result = Run(s, model, q, data, grid);
            var (mean, variance) = data.Moments();
            for (var pixel = 0; pixel < data.Pixels; pixel++)
            {
                var values = Close.Values(result.select(3, pixel));
                var average = values.Average();
                var spread = values.Sum(value => (value - average) * (value - average)) / (values.Length - 1);

                // Four standard errors of 2000 draws, and what the passes leave; a chain of few steps, walked by Euler's method, leaves more.
                Assert.InRange(average, mean[pixel] - 4 * Math.Sqrt(variance[pixel] / Images) - 0.01, mean[pixel] + 4 * Math.Sqrt(variance[pixel] / Images) + 0.01);
                var error = q.Steps < 500 ? 0.25 : 0.15;
                Assert.InRange(spread / variance[pixel], 1 - error, 1 + error);
            }
        }
    }

    [Theory, MemberData(nameof(Resolving))]
    public void Deterministic_ddim_converges_to_the_ordinary_differential_equation_with_first_order(string process)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Gaussian();
        double Error(int steps)
        {
            var (q, model, grid) = Setting(data, process, "v", steps);
            var x = q.Corrupt(data.Draw(64, 1), Times.All(q.Horizon, 64), data.Draw(64, 2));
            return (new Ddim(q).Sample(model.Given(Condition.None), x, grid, new NoNoise()) - data.Decode(q, x, q.Horizon)).abs().max().item<double>();
        }

        var (coarse, fine) = (Error(50), Error(200));
        Assert.InRange(fine, 0, 0.05);
        Assert.InRange(coarse / fine, 2.5, 6);
    }

    [Theory, MemberData(nameof(Processes))]
    public void Encoding_up_a_grid_and_decoding_down_it_returns_the_image(string process)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var (q, model, grid) = Setting(data, process, "v", 500);
        var D = model.Given(Condition.None);
        var down = new TimeGrid([.. grid.Times.Where(t => t > 0)]);
        var x = q.Corrupt(data.Draw(64, 3), Times.All(down.Times[^1], 64), data.Draw(64, 4));
        var encoded = new Ddim(q).Sample(D, x, grid.Up(), new NoNoise());
        var decoded = new Ddim(q).Sample(D, encoded, down, new NoNoise());
        Assert.InRange((decoded - x).abs().mean().item<double>(), 0, 0.02);
    }

    [Theory, MemberData(nameof(Processes))]
    public void Ddim_with_eta_one_is_ddpm(string process)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var (q, model, grid) = Setting(data, process, "x0", 20);
        var draws = Enumerable.Range(0, 20).Select(i => data.Draw(16, 10 + i)).ToList();
        var x = data.Draw(16, 5);
        var ddpm = new Ddpm(q, Variance.Small).Sample(model.Given(Condition.None), x, grid, new ListedNoise(draws));
        var ddim = new Ddim(q, eta: 1).Sample(model.Given(Condition.None), x, grid, new ListedNoise(draws));
        Close.Equal(ddpm, ddim, 1e-8, 1e-10);
    }

    /// <summary>Where A_t(x0) keeps the noise that x_t shows, both of cold diffusion's algorithms are DDIM.</summary>
    [Theory, MemberData(nameof(Processes))]
    public void Cold_sampling_of_a_noisy_process_is_ddim_without_noise(string process)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var grid = Grids.For(q, 20);
        var x = q.Corrupt(data.Draw(16, 1), Times.All(grid.Times[0], 16), data.Draw(16, 2));
        Denoised D(Tensor noisy, double t) => new(0.9 * (noisy / (1 + t)).tanh());
        var ddim = new Ddim(q).Sample(D, x, grid, new NoNoise());
        Close.Equal(ddim, new Cold(q).Sample(D, x, grid, new NoNoise()), 1e-8, 1e-8);
        Close.Equal(ddim, new Cold(q, improved: false).Sample(D, x, grid, new NoNoise()), 1e-8, 1e-8);
    }

    [Theory, MemberData(nameof(WithoutMemory))]
    public void Stopping_half_way_and_going_on_is_the_whole_way(string sampler)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var (q, model, grid) = Setting(data, "cosine", "v", 20);
        var s = Every.Default<SamplerOptions>(sampler).Build(q);
        var draws = Enumerable.Range(0, 200).Select(i => data.Draw(4, 10 + i)).ToList();
        var (D, x) = (model.Given(Condition.None), data.Draw(4, 5));
        var noise = new ListedNoise(draws);
        var half = s.Sample(D, x, new TimeGrid([.. grid.Times.Take(11)]), noise);
        var whole = s.Sample(D, half, new TimeGrid([.. grid.Times.Skip(10)]), noise);
        Close.Equal(s.Sample(D, x, grid, new ListedNoise(draws)), whole);
    }

    [Theory, MemberData(nameof(Samplers)), LeaksNoTensors]
    public void A_sampler_leaves_its_result_and_nothing_else(string sampler)
    {
        var q = Every.Default<ProcessOptions>("cosine").Build();
        var grid = new TrailingOptions().Build(q, 10);
        using var x = zeros(2, 1, 4, 4);
        using var z = new PerImageNoise(1, [0, 1]);
        var before = Tensor.TotalCount;
        using var result = Every.Default<SamplerOptions>(sampler).Build(q).Sample((noisy, _) => new Denoised(0.5 * noisy), x, grid, z);
        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.Equal(x.shape, result.shape);
    }

    [Theory, MemberData(nameof(NotAdaptive))]
    public void An_image_does_not_depend_on_the_images_beside_it(string sampler)
    {
        using var scope = NewDisposeScope();
        var q = Every.Default<ProcessOptions>("cosine").Build();
        var grid = new TrailingOptions().Build(q, 10);
        var s = Every.Default<SamplerOptions>(sampler).Build(q);
        Tensor Sample(params long[] images)
        {
            using var z = new PerImageNoise(7, images);
            var x = q.Prior(zeros(images.Length, 1, 4, 4), z);
            return s.Sample((noisy, _) => new Denoised(0.5 * noisy.tanh()), x, grid, z);
        }

        Close.Equal(Sample(0, 1, 2, 3)[2], Sample(2)[0], 1e-6, 1e-6);
    }

    /// <summary>All but constant betas, whose least noise (variance 0.02 at t = 1) hides a data variance of 0.01 from every sampler.</summary>
    public static TheoryData<string> Resolving => [.. Noisy.Where(kind => kind != "constant")];

    public static TheoryData<string> Processes => [.. Noisy];

    public static TheoryData<string> Samplers => [.. Every.Kind<SamplerOptions>()];

    /// <summary>A sampler that remembers earlier times of its walk begins anew where it is stopped.</summary>
    public static TheoryData<string> WithoutMemory => [.. Every.Kind<SamplerOptions>()
        .Where(kind => Every.Default<SamplerOptions>(kind).Build(Every.Default<ProcessOptions>("cosine").Build()) is StepSampler)];

    /// <summary>An adaptive solver chooses its steps for a whole batch.</summary>
    public static TheoryData<string> NotAdaptive => [.. Every.Kind<SamplerOptions>().Where(kind => kind != "rk45")];

    private static IEnumerable<string> Noisy => Every.Kind<ProcessOptions>().Where(kind => Every.Default<ProcessOptions>(kind).Build() is NoiseSchedule);

    private static bool Samples(string process, string sampler) =>
        Builds(() => Every.Default<SamplerOptions>(sampler).Build(Every.Default<ProcessOptions>(process).Build()));

    internal static bool Builds(Func<object> build)
    {
        try
        {
            build();
            return true;
        }
        catch (ConfigException)
        {
            return false;
        }
    }

    private static (NoiseSchedule Q, Model Model, TimeGrid Grid) Setting(
        KnownData data, string process, string parameterization, int steps, TimeGridOptions? kind = null)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var grid = kind?.Build(q, steps) ?? Grids.For(q, steps);
        var p = Every.Default<ParameterizationOptions>(parameterization).Build(q);
        return (q, new Model(new ExactNetwork(data, q, p, grid.Times.Where(t => t > 0)), p, q), grid);
    }

    /// <summary>From the true law at the beginning of the grid, so that only the sampler's own error is left.</summary>
    private static Tensor Run(ISampler sampler, Model model, NoiseSchedule q, KnownData data, TimeGrid grid)
    {
        using var z = new PerImageNoise(3, [.. Enumerable.Range(0, 1).Select(i => (long)i)]);
        var noise = new OneGenerator(z);
        var x0 = data.Draw(Images, 1);
        var x = q.Corrupt(x0, Times.All(grid.Times[0], Images), noise.Normal(x0));
        return sampler.Sample(model.Given(Condition.None), x, grid, noise);
    }

    /// <summary>All images' noise from one generator: thousands of small ones are slow, and the law does not mind.</summary>
    private sealed class OneGenerator(INoise inner) : INoise
    {
        public Tensor Normal(Tensor like) => inner.Normal(like.unsqueeze(0)).squeeze(0);
    }
}
