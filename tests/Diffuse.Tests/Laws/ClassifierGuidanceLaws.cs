using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>A mixture of two classes whose denoisers and whose classifier are known exactly.</summary>
public sealed class ClassifierGuidanceLaws
{
    private static readonly double[] weights = [0.3, 0.7];
    private static KnownData All => KnownData.Mixture();

    public static TheoryData<string> Noisy =>
        [.. Every.Kind<ProcessOptions>().Where(kind => Every.Default<ProcessOptions>(kind).Build() is NoiseSchedule)];

    [Theory, MemberData(nameof(Noisy))]
    public void With_the_exact_classifier_the_marginal_denoiser_becomes_that_of_the_class(string process)
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        foreach (var t in new[] { 0.1, 0.5, 0.8 }.Select(q.TimeAt))
        {
            var x = q.Alpha(t) * All.Draw(20, 3) + q.Sigma(t) * All.Draw(20, 4);
            for (var label = 0; label < 2; label++)
            {
                var guided = new ClassifierGuidance(new Exact(q), q, Classifier(q), scale: 1).Denoise(x, t, Given(label, 20)).X0;
                Close.Equal(Class(label).Denoise(q, x, t), guided, 1e-6, 1e-6, $"class {label} at {t}");
            }
        }
    }

    [Fact]
    public void Without_weight_nothing_changes()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions().Build();
        var x = All.Draw(4, 1);
        var plain = new Exact(q).Denoise(x, 300, Given(1, 4)).X0;
        Close.Equal(plain, new ClassifierGuidance(new Exact(q), q, Classifier(q), scale: 0).Denoise(x, 300, Given(1, 4)).X0);
        Close.Equal(plain, new UniversalGuidance(new Exact(q), q, Classifier(q), 0, 0, 1).Denoise(x, 300, Given(1, 4)).X0);
    }

    [Fact]
    public void Above_the_largest_noise_level_nothing_is_guided()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new LinearPathOptions().Build();
        var x = All.Draw(4, 1);
        IDenoiser[] guided =
        [
            new ClassifierGuidance(new Exact(q), q, Classifier(q), scale: 2), new UniversalGuidance(new Exact(q), q, Classifier(q), 2, 0, 1),
        ];
        Assert.All(guided, guidance =>
        {
            Tensor At(double t, double level) => new UpToNoise(guidance, new Exact(q), q, level).Denoise(x, t, Given(1, 4)).X0;
            var t = 0.8 * q.Horizon;
            var level = q.Sigma(t) / q.Alpha(t);
            var plain = new Exact(q).Denoise(x, t, Given(1, 4)).X0;
            Close.Equal(plain, At(t, level * 0.99));
            Close.Equal(guidance.Denoise(x, t, Given(1, 4)).X0, At(t, level * 1.01));
            Assert.False(plain.allclose(At(t, level * 1.01)));
            Close.Equal(new Exact(q).Denoise(x, q.Horizon, Given(1, 4)).X0, At(q.Horizon, 1e9)); // where no signal is left
        });
    }

    [Fact]
    public void The_two_forms_agree_to_first_order_in_the_step()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions().Build();
        var x = All.Draw(10, 1);
        double Apart(double s)
        {
            var grid = new TimeGrid([500, s]);
            Tensor Step(GuidanceForm form)
            {
                using var z = new StepNoise(1, 1, CPU);
                var D = new ClassifierGuidance(new Exact(q), q, Classifier(q), 2, form).Given(Given(0, 10));
                return new Ddpm(q).Sample(D, x, grid, z);
            }

            return (Step(GuidanceForm.Score) - Step(GuidanceForm.Mean)).abs().max().item<double>();
        }

        var (coarse, fine) = (Apart(460), Apart(490));
        Assert.InRange(coarse / fine, 10, 25); // 4 times the step: 16 times the difference
    }

    [Theory]
    [InlineData(GuidanceForm.Score)]
    [InlineData(GuidanceForm.Mean)]
    public void Guided_samples_have_the_law_of_the_class(GuidanceForm form)
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions().Build();
        var samples = Sample(q, new ClassifierGuidance(new Exact(q), q, Classifier(q), 1, form), new Ddpm(q), label: 0);
        Moments(Class(0), samples);
    }

    [Fact]
    public void Repeated_steps_keep_the_law_and_cost_so_many_times_as_much()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions().Build();
        var repeated = new Recurrence(new Ddpm(q), q, 3);
        Moments(All, Sample(q, new Exact(q), repeated, label: 0));
        Assert.Equal(9 * 3 + 1, repeated.Evaluations(new TrailingOptions().Build(q, 10)));
    }

    /// <summary>A classifier that knows clean images alone, through the denoiser and on its estimates: each part brings more images into the class.</summary>
    [Fact]
    public void Each_part_of_universal_guidance_brings_images_into_the_class()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions().Build();
        double Share(double forward, int steps) =>
            InClass(Sample(q, new UniversalGuidance(new Exact(q), q, Clean(), forward, steps, 0.05), new Ddim(q), label: 0));
        var plain = Share(0, 0);
        Assert.InRange(plain, 0.25, 0.35);
        var (forward, backward) = (Share(1, 0), Share(0, 5));
        Assert.True(forward > plain + 0.2 && backward > plain + 0.2, $"{plain}, {forward}, {backward}");
    }

    private static Tensor Sample(NoiseSchedule q, IDenoiser denoiser, ISampler sampler, int label)
    {
        using var z = new StepNoise(5, 1, CPU);
        var xT = q.Prior(empty(2000, 1, 1, 3, ScalarType.Float64), z);
        return sampler.Sample(denoiser.Given(Given(label, 2000)), xT, new TrailingOptions().Build(q, 100), z);
    }

    private static void Moments(KnownData data, Tensor samples)
    {
        var (mean, variance) = data.Moments();
        for (var pixel = 0; pixel < 3; pixel++)
        {
            var values = samples.select(3, pixel);
            Assert.InRange(values.mean().item<double>(), mean[pixel] - 0.04, mean[pixel] + 0.04);
            Assert.InRange(values.var().item<double>() / variance[pixel], 0.75, 1.25);
        }
    }

    private static double InClass(Tensor samples)
    {
        var logs = Enumerable.Range(0, 2).Select(k => Math.Log(weights[k]) + Class(k).LogDensity(Q0, samples, 0)).ToArray();
        return (logs[0] > logs[1]).to(ScalarType.Float64).mean().item<double>();
    }

    private static KnownData Class(int label) => label == 0
        ? new([1], new[,] { { -0.7, 0.2, 0.0 } }, new[,] { { 0.02, 0.05, 0.1 } })
        : new([1], new[,] { { 0.4, 0.6, -0.5 } }, new[,] { { 0.04, 0.01, 0.02 } });

    private static NoiseSchedule Q0 { get; } = (NoiseSchedule)new CosineOptions().Build();

    private static Condition Given(long label, int n) => new(Label: full([n], label, dtype: int64));

    /// <summary>log p(class | x_t).</summary>
    private static FormulaGuide Classifier(NoiseSchedule q) => new((x, t, label) =>
    {
        var logs = stack([.. Enumerable.Range(0, 2).Select(k => Math.Log(weights[k]) + Class(k).LogDensity(q, x, t))], 1);
        return logs.log_softmax(1).gather(1, label!.unsqueeze(1)).squeeze(1);
    });

    /// <summary>The same of clean images, softened as a network's.</summary>
    private static FormulaGuide Clean() => new((x, _, label) =>
    {
        var logs = stack([.. Enumerable.Range(0, 2).Select(k => Math.Log(weights[k]) + Class(k).LogDensity(Q0, x, 200))], 1);
        return logs.log_softmax(1).gather(1, label!.unsqueeze(1)).squeeze(1);
    });

    private sealed class Exact(NoiseSchedule q) : IDenoiser
    {
        public Denoised Denoise(Tensor x, double t, Condition given) => new(All.Denoise(q, x, t));
    }
}
