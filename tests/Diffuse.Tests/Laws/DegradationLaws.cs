using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Numerics;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class DegradationLaws
{
    public static TheoryData<string> Degradations => [.. Every.Kind<ProcessOptions>().Where(kind => Build(kind) is Degradation)];

    [Theory, MemberData(nameof(Degradations))]
    public void Step_zero_is_the_identity_and_the_last_step_is_not(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, x0) = (Build(kind), Images(3));
        Assert.Equal(Close.Values(x0), Close.Values(q.Corrupt(x0, Times.All(0, 3), x0)));
        Assert.Equal(Close.Values(x0), Close.Values(q.Move(x0, x0, q.Horizon, 0)));
        Assert.InRange((q.Move(x0, x0, 0, q.Horizon) - x0).abs().mean().item<double>(), 0.05, 2);
    }

    [Theory, MemberData(nameof(Degradations))]
    public void Images_at_different_steps_are_degraded_as_each_alone(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, x0) = (Build(kind), Images(4));
        double[] times = [1, 0, q.Horizon, Math.Ceiling(q.Horizon / 2)];
        var together = q.Corrupt(x0, new Times(times), x0);
        foreach (var (i, t) in times.Index())
        {
            Close.Equal(q.Move(x0, x0, 0, t)[i], together[i], floor: 1e-12);
        }
    }

    [Theory, MemberData(nameof(Degradations))]
    public void Type_and_shape_are_those_of_the_images(string kind)
    {
        using var scope = NewDisposeScope();
        var q = Build(kind);
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            var x0 = Images(2, channels: 1, height: 7, width: 5).to(type);
            var x = q.Corrupt(x0, new Times([1, q.Horizon]), x0);
            Assert.Equal(type, x.dtype);
            Assert.Equal([2, 1, 7, 5], x.shape);
        }
    }

    /// <summary>The sum telescopes: x_T - A_T(x0) + ... + A_0(x0), also where steps are left out.</summary>
    [Theory, MemberData(nameof(Degradations))]
    public void With_a_perfect_restorer_the_improved_sampler_returns_the_image(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, x0) = (Build(kind), Images(2));
        var xT = q.Move(x0, x0, 0, q.Horizon);
        foreach (var steps in new[] { 1, 2, q.Steps!.Value })
        {
            Close.Equal(x0, new Cold(q).Sample((_, _) => new Denoised(x0), xT, new TrailingOptions().Build(q, steps), new NoNoise()), 1e-9, 1e-9);
        }
    }

    /// <summary>The restorer of each class knows one image: beyond it, along the line from that of no class, lies what guidance ends at.</summary>
    [Theory, MemberData(nameof(Degradations))]
    public void Classifier_free_guidance_steers_a_degradation_as_it_does_noise(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, images, labels) = (Build(kind), Images(3), tensor(new[] { 1L, 0L }));
        var guided = new ClassifierFree(new OneImagePerClass(images), scale: 1.5, new NullCondition(2));
        var xT = q.Move(images.narrow(0, 0, 2), images.narrow(0, 0, 2), 0, q.Horizon);
        var (own, none) = (images.index_select(0, labels), images.narrow(0, 2, 1));
        var drawn = new Cold(q).Sample((x, t) => guided.Denoise(x, t, new Condition(labels)), xT, new TrailingOptions().Build(q, q.Steps!.Value), new NoNoise());

        // What the whole degradation leaves is that of the start: the sampler moves by the difference of degraded estimates.
        var expected = none + 1.5 * (own - none);
        Close.Equal(expected + xT - q.Move(expected, expected, 0, q.Horizon), drawn, 1e-9, 1e-9);
    }

    [Theory, MemberData(nameof(Degradations))]
    public void Times_that_are_no_step_are_refused(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, x0) = (Build(kind), Images(1));
        Assert.All([-1, 0.5, q.Horizon + 1], t => Assert.Throws<ArgumentOutOfRangeException>(() => q.Move(x0, x0, 0, t)));
    }

    [Theory, MemberData(nameof(Degradations)), LeaksNoTensors]
    public void Nothing_is_left_of_measuring_and_drawing_but_what_is_learned(string kind)
    {
        var q = Build(kind);
        using (NewDisposeScope())
        {
            q.Prepare([3, 6, 6]);
            q.Measure([Images(40, height: 6, width: 6)]);
            using var z = new PerImageNoise(1, [0, 1]);
            q.Prior(zeros(2, 3, 6, 6), z);
            q.Corrupt(Images(2, height: 6, width: 6), new Times([1, q.Horizon]), zeros(2, 3, 6, 6));
        }

        Assert.Equal(5, q.Learned!.named_buffers().Count(buffer => !buffer.buffer.IsInvalid));
        q.Learned.Dispose();
    }

    [Theory, MemberData(nameof(Degradations))]
    public void Drawn_starts_have_the_mean_and_the_spread_of_degraded_images_and_depend_on_their_own_seed_alone(string kind)
    {
        using var scope = NewDisposeScope();
        var (q, x0) = (Build(kind), Images(1000));
        q.Measure([x0]);
        Tensor Draw(IEnumerable<long> seeds)
        {
            long[] images = [.. seeds];
            using var z = new PerImageNoise(5, images);
            return q.Prior(zeros([images.Length, .. x0.shape[1..]], ScalarType.Float64), z);
        }

        var (degraded, drawn) = (q.Corrupt(x0, Times.All(q.Horizon, 1000), Images(1000)), Draw(Enumerable.Range(0, 1000).Select(i => (long)i)));
        Assert.InRange((degraded.mean([0]) - drawn.mean([0])).abs().max().item<double>(), 0, 0.12);
        double Spread(Tensor x) => (x - x.mean([0])).square().mean().item<double>();
        Assert.InRange((Spread(degraded) + 0.002 * 0.002) / Spread(drawn), 0.9, 1.15);
        Close.Equal(drawn[7], Draw([3, 7])[1], 1e-5, 1e-5);
    }

    [Theory, MemberData(nameof(Degradations))]
    public void Before_it_is_measured_nothing_can_be_drawn(string kind)
    {
        using var scope = NewDisposeScope();
        var q = Build(kind);
        Assert.Throws<InvalidOperationException>(() => q.Prior(zeros(1, 3, 4, 4), new NoNoise()));
        q.Prepare([3, 4, 4]);
        Assert.Throws<InvalidOperationException>(() => q.Prior(zeros(1, 3, 4, 4), new NoNoise()));
    }

    [Theory, MemberData(nameof(Degradations))]
    public void What_needs_noise_is_refused_in_one_sentence(string kind)
    {
        foreach (var sampler in Every.Kind<SamplerOptions>().Except(["cold"]))
        {
            Assert.Equal($"sampler {sampler} needs a process that adds Gaussian noise", Refusal(() => Every.Default<SamplerOptions>(sampler).Build(Build(kind))));
        }

        foreach (var parameterization in Every.Kind<ParameterizationOptions>().Except(["x0"]))
        {
            Assert.EndsWith("x0 works on every process", Refusal(() => Every.Default<ParameterizationOptions>(parameterization).Build(Build(kind))));
        }
    }

    private static string Refusal(Func<object> build) => Assert.Throws<ConfigException>(build).Message;

    private static ForwardProcess Build(string kind) => Every.Default<ProcessOptions>(kind).Build();

    /// <summary>Smooth in part, noisy in part, within [-1, 1].</summary>
    private static Tensor Images(int count, int channels = 3, int height = 4, int width = 4)
    {
        var random = new Random(count);
        var size = channels * height * width;
        var values = Enumerable.Range(0, count).SelectMany(_ =>
        {
            var common = random.NextDouble() - 0.5;
            return Enumerable.Range(0, size).Select(_ => common + 0.8 * (random.NextDouble() - 0.5)).ToArray();
        });
        return tensor(values.ToArray(), [count, channels, height, width]);
    }

    private sealed class OneImagePerClass(Tensor images) : IDenoiser
    {
        public Denoised Denoise(Tensor x, double t, Condition given) => new(images.index_select(0, given.Label!));
    }
}
