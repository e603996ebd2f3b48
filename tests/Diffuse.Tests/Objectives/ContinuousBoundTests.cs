using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class ContinuousBoundTests
{
    private const int Images = 32;
    private readonly KnownData data = KnownData.Mixture();

    /// <summary>For every image and noise, since the integral over t is one over gamma (Kingma et al. 2021, section 5.1).</summary>
    [Fact]
    public void With_the_exact_denoiser_it_depends_on_the_ends_of_the_schedule_and_not_on_its_form()
    {
        using var scope = NewDisposeScope();
        double[] Values(LearnedSchedule q) => Close.Values(Integral(q));
        var line = Values(Schedule(-9, 4));
        Close.Equal(line, Values(Bent(Schedule(-9, 4))), 2e-3);
        Assert.NotInRange(Values(Schedule(-8, 4))[0] / line[0], 0.998, 1.002);
    }

    [Fact]
    public void It_is_the_limit_of_the_chains_bound()
    {
        using var scope = NewDisposeScope();
        var q = Bent(Schedule(-7, 4));
        const int steps = 500;
        var chain = Enumerable.Range(0, steps + 1).Select(k => (double)k / steps).ToList();
        var (x0, eps) = (data.Draw(Images, 1), data.Draw(Images, 2));
        var p = new EpsOptions().Build(q);
        var model = new Model(new ExactNetwork(data, q, p, chain.Skip(1)), p, q);
        var bound = new ChainBound(model, q, chain, Variance.Small, clamp: false);
        var discrete = zeros(Images, ScalarType.Float64);
        var continuous = zeros(Images, ScalarType.Float64);
        var constant = Constant(q, x0, eps);
        for (var k = 2; k <= steps; k++)
        {
            discrete += bound.Term(x0, Condition.None, [.. Enumerable.Repeat(k, Images)], new ListedNoise([eps]));
            continuous += Bound(q, model, x0, Times.All(chain[k], Images), eps) / steps;
        }

        Close.Equal(Close.Values(discrete), continuous - constant * (steps - 1) / steps, 0.03);
    }

    /// <summary>Against differences of the loss itself, and of the logarithm of its mean square. F = a x knows no time, so nothing is left out of the gradients.</summary>
    [Fact]
    public void The_ends_take_the_gradient_of_the_bound_and_the_form_that_of_its_square()
    {
        using var scope = NewDisposeScope();
        var q = Bent((LearnedSchedule)new LearnedScheduleOptions { GammaMin = -6, GammaMax = 3, LearnEnds = true, Hidden = 4 }.Build());
        var model = new Model(new TwoNumbers(), new EpsOptions().Build(q), q);
        var (x0, eps) = (data.Draw(Images, 1), data.Draw(Images, 2));
        var t = new Times([.. Enumerable.Range(0, Images).Select(i => (i + 0.5) / Images)]);
        Tensor Loss() => Bound(q, model, x0, t, eps);
        Loss().mean().backward();
        foreach (var (name, weight) in q.Learned!.named_parameters())
        {
            for (var i = 0; i < Math.Min(weight.numel(), 2); i++)
            {
                var gradient = weight.grad![i].item<float>();
                double Moved(float by)
                {
                    using var noGradients = no_grad();
                    var before = weight[i].clone();
                    weight[i] = before + by;
                    var losses = Loss();
                    var changed = name == "ends" ? losses.mean() : (losses - Constant(q, x0, eps)).square().mean().log() / Math.Log(2);
                    weight[i] = before;
                    return changed.item<double>();
                }

                Close.Equal((Moved(0.01f) - Moved(-0.01f)) / 0.02, gradient, 0.01, 1e-4, $"{name}[{i}]");
            }
        }
    }

    [Fact]
    public void An_image_that_is_all_but_clean_is_reconstructed_for_nothing_and_one_of_pure_noise_for_eight_bits()
    {
        using var scope = NewDisposeScope();
        var x0 = (arange(256, ScalarType.Float64) / 127.5 - 1).reshape(1, 1, 16, 16);
        var eps = linspace(-2, 2, 256, ScalarType.Float64).reshape(1, 1, 16, 16);
        Close.Equal(0, Constant(Schedule(-25, -24), x0, eps, prior: false).item<double>(), floor: 1e-6);
        Assert.InRange(Constant(Schedule(15, 16), x0, 0 * eps, prior: false).item<double>(), 7.99, 8.01);
    }

    [Fact]
    public void It_needs_continuous_time()
    {
        Assert.Contains("continuous time", Assert.Throws<ConfigException>(() => new ContinuousBoundOptions().Build(new CosineOptions().Build())).Message);
    }

    private static LearnedSchedule Schedule(double first, double last) => new(new MonotoneNetwork(4, first, last, learnEnds: false));

    /// <summary>Another form between the same ends.</summary>
    private static LearnedSchedule Bent(LearnedSchedule q)
    {
        using var noGradients = no_grad();
        foreach (var (name, weight) in q.Learned!.named_parameters().Where(named => named.name is "w2" or "w3"))
        {
            weight.copy_(name == "w2" ? tensor(new[] { 5f, 9f, 12f, 7f }) : tensor(new[] { 0.3f, 0.9f, -0.5f, 1.4f }));
        }

        return q;
    }

    private Tensor Integral(LearnedSchedule q)
    {
        const int points = 300;
        var times = Enumerable.Range(0, points).Select(i => q.TimeAt((i + 0.5) / points)).ToList();
        var p = new EpsOptions().Build(q);
        var model = new Model(new ExactNetwork(data, q, p, times), p, q);
        var (x0, eps) = (data.Draw(Images, 1), data.Draw(Images, 2));
        var sum = zeros(Images, ScalarType.Float64);
        foreach (var t in times)
        {
            sum += Bound(q, model, x0, Times.All(t, Images), eps) / points;
        }

        return sum;
    }

    private static Tensor Bound(LearnedSchedule q, Model model, Tensor x0, Times t, Tensor eps) =>
        new ContinuousBound(q).PerImage(model, x0, Condition.None, t, eps);

    /// <summary>Prior and reconstruction: the bound of a model that sees exactly the noise.</summary>
    private static Tensor Constant(LearnedSchedule q, Tensor x0, Tensor eps, bool prior = true)
    {
        var x0s = new CleanOptions().Build(q);
        var exact = new Model(new Knowing(x0), x0s, q);
        var both = Bound(q, exact, x0, Times.All(0.5, x0.shape[0]), eps);
        return prior ? both : both - new VariationalBound(q, new ReverseVariance(q, Variance.Small)).Prior(x0);
    }

    /// <summary>Predicts a known image.</summary>
    private sealed class Knowing(Tensor x0) : Network("knowing")
    {
        private readonly Tensor[] known = [x0];

        public override string ConfigJson => "{}";

        public override bool IsDiffusers => false;

        public override Tensor forward(Tensor x, Tensor noise, Condition given) => known[0];
    }
}
