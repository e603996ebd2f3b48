using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>
/// Predictors and correctors in every pairing, and annealed Langevin dynamics, on Gaussian images. Steps whose size depends on norms of the image's
/// own score and noise keep a law with 4/D more variance than they should, hence 192 pixels.
/// </summary>
public sealed class LangevinLaws
{
    private const int Images = 100;
    public static IEnumerable<object[]> Correctors =>
        from corrector in Every.Kind<CorrectorOptions>()
        from process in new[] { "vp", "ve", "cosine" }
        select new object[] { corrector, process };

    public static IEnumerable<object[]> Pairings =>
        from predictor in Every.Kind<PredictorOptions>()
        from corrector in Every.Kind<CorrectorOptions>()
        from process in new[] { "vp", "ve", "linear" }
        select new object[] { predictor, corrector, process };

    [Theory, MemberData(nameof(Correctors))]
    public void A_corrector_keeps_the_law_of_its_time(string corrector, string process)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var c = Every.Default<CorrectorOptions>(corrector).Build(q);
        var noise = new Draws();
        var t = q.Horizon / 2;
        var x = q.Corrupt(data.Draw(Images, 1), Times.All(t, Images), noise.Normal(data.Draw(Images, 1)));
        for (var i = 0; i < 60; i++)
        {
            x = c.Correct((at, time) => new Denoised(data.Denoise(q, at, time)), x, t, t - 0.001 * q.Horizon, noise);
        }

        var (mean, variance) = data.Moments();
        var total = variance.Select(v => Math.Pow(q.Alpha(t), 2) * v + Math.Pow(q.Sigma(t), 2)).ToArray();
        AssertMoments([.. mean.Select(m => q.Alpha(t) * m)], total, x);
    }

    [Theory, MemberData(nameof(Pairings))]
    public void Every_predictor_with_every_corrector_recovers_the_law_of_the_data(string predictor, string corrector, string process)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var sampler = new PredictorCorrector(
            Every.Default<PredictorOptions>(predictor).Build(q), Every.Default<CorrectorOptions>(corrector).Build(q));
        var noise = new Draws();
        var x = q.Corrupt(data.Draw(Images, 1), Times.All(q.Horizon, Images), noise.Normal(data.Draw(Images, 1)));
        var grid = new UniformOptions().Build(q, 200);
        x = sampler.Sample((at, time) => new Denoised(data.Denoise(q, at, time)), x, grid, noise);
        var (mean, variance) = data.Moments();
        AssertMoments(mean, variance, x);
    }

    /// <summary>
    /// A level of ratio gamma to the one before needs n e well above 1 - 1 / gamma^2, or the law is frozen while it still holds the noise of larger levels.
    /// NCSNv2's rule makes smaller steps, for noise that the network knows.
    /// </summary>
    [Theory]
    [InlineData("ncsn")]
    [InlineData("ve")]
    [InlineData("vp")]
    [InlineData("linear")]
    public void Annealed_langevin_with_steps_that_keep_up_with_its_levels_recovers_the_law(string process)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var noise = new Draws();
        var x = q.Corrupt(data.Draw(Images, 1), Times.All(q.Horizon, Images), noise.Normal(data.Draw(Images, 1)));
        x = new AnnealedLangevin(q, 4, 0.4).Sample((at, time) => new Denoised(data.Denoise(q, at, time)), x, Grids.For(q, 230), noise);
        var (mean, variance) = data.Moments();
        AssertMoments(mean, variance, x);
    }

    [Theory]
    [InlineData("euler-maruyama")]
    [InlineData("reverse-diffusion")]
    public void Predictors_of_the_ode_converge_to_its_map(string kind)
    {
        using var scope = NewDisposeScope();
        var data = Data();
        var q = (NoiseSchedule)new VpOptions().Build();
        PredictorOptions options = kind == "euler-maruyama"
            ? new EulerMaruyamaOptions { ProbabilityFlow = true }
            : new ReverseDiffusionOptions { ProbabilityFlow = true };
        var x = q.Corrupt(data.Draw(8, 1), Times.All(1, 8), data.Draw(8, 2));
        double Error(int steps) => (new PredictorCorrector(options.Build(q), new NoCorrector()).Sample(
            (at, time) => new Denoised(data.Denoise(q, at, time)), x, new UniformOptions().Build(q, steps), new NoNoise())
            - data.Decode(q, x, 1)).abs().max().item<double>();
        var (coarse, fine) = (Error(250), Error(1000));
        Assert.InRange(fine, 0, 0.02);
        Assert.InRange(coarse / fine, 2.5, 6);
    }

    /// <summary>NCSNv2's step_lr of CIFAR-10 is 6.2e-6 for sigma_1 = 0.01, 232 levels from 50 and 5 steps each.</summary>
    [Fact]
    public void The_rule_for_the_step_gives_the_published_one() =>
        Close.Equal(6.2e-6, AnnealedLangevin.StepFor(Math.Pow(5000, 1.0 / 231), 5) * 1e-4, 0.02);

    /// <summary>
    /// Means over the pixels of each variance: 100 images of 24 pixels leave 3% in the variance and 2% of a deviation in the mean, 200 steps up to 16%
    /// in the variance (ancestral steps with the small one).
    /// </summary>
    private static void AssertMoments(double[] mean, double[] variance, Tensor x)
    {
        var off = Close.Values(x.mean([0]).flatten()).Select((m, i) => (m - mean[i]) / Math.Sqrt(variance[i])).ToArray();
        var ratio = Close.Values(x.var(0).flatten()).Select((v, i) => v / variance[i]).ToArray();
        for (var group = 0; group < 8; group++)
        {
            Assert.InRange(off.Where((_, i) => i % 8 == group).Average(), -0.1, 0.1);
            Assert.InRange(ratio.Where((_, i) => i % 8 == group).Average(), 0.8, 1.2);
        }
    }

    private static KnownData Data() => new([1], Table(pixel => 0.5 * Math.Sin(pixel)), Table(pixel => 0.04 + 0.02 * (pixel % 8)));

    private static double[,] Table(Func<int, double> f)
    {
        var table = new double[1, 192];
        for (var pixel = 0; pixel < 192; pixel++)
        {
            table[0, pixel] = f(pixel);
        }

        return table;
    }

    /// <summary>All images' noise from one generator.</summary>
    private sealed class Draws : INoise
    {
        private readonly PerImageNoise inner = new(3, [0]);

        public Tensor Normal(Tensor like) => inner.Normal(like.unsqueeze(0)).squeeze(0);
    }
}
