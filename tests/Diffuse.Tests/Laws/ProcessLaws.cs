using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class ProcessLaws
{
    public static TheoryData<string> Schedules => [.. Every.Kind<ProcessOptions>().Where(kind => Every.Default<ProcessOptions>(kind).Build() is NoiseSchedule)];

    [Theory, MemberData(nameof(Schedules))]
    public void The_clean_image_is_at_time_zero_and_noise_only_grows(string kind)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        Assert.Equal((1.0, 0.0), (q.Alpha(0), q.Sigma(0)));
        var times = Enumerable.Range(1, 4000).Select(i => q.Horizon * i / 4000).ToList();
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(q.Snr(pair.Second) < q.Snr(pair.First), $"from {pair.First} to {pair.Second}"));
    }

    [Theory, MemberData(nameof(Schedules))]
    public void Rates_are_the_derivatives_of_alpha_and_sigma(string kind)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        foreach (var t in new[] { 0.0003, 0.0102, 0.2503, 0.5557, 0.9991 }.Select(share => share * q.Horizon))
        {
            var h = 1e-6 * Math.Sqrt(t * q.Horizon);
            Close.Equal((q.Alpha(t + h) - q.Alpha(t - h)) / (2 * h), q.AlphaRate(t), 1e-5, 1e-7 / q.Horizon);
            Close.Equal((q.Sigma(t + h) - q.Sigma(t - h)) / (2 * h), q.SigmaRate(t), 1e-5, 1e-7 / q.Horizon);
        }
    }

    [Theory, MemberData(nameof(Schedules))]
    public void As_tensors_the_levels_are_the_same_numbers(string kind)
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        double[] times = [.. new[] { 0.0103, 0.2503, 0.5557, 0.9991 }.Select(share => share * q.Horizon)];
        var levels = q.Levels(new Times(times), zeros(4, 1, 1, 1, ScalarType.Float64));
        Close.Equal([.. times.Select(q.Alpha)], levels.Alpha);
        Close.Equal([.. times.Select(q.Sigma)], levels.Sigma);
        Close.Equal([.. times.Select(q.LogSnrRate)], levels.Rate);
        foreach (var t in times)
        {
            var h = 1e-6 * t;
            Close.Equal((q.LogSnr(t + h) - q.LogSnr(t - h)) / (2 * h), q.LogSnrRate(t), 1e-5);
        }
    }

    [Theory, MemberData(nameof(Schedules))]
    public void The_time_of_a_noise_level_is_where_it_is_reached(string kind)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        foreach (var t in new[] { 0.0007, 0.25, 0.6, 0.99 }.Select(share => share * q.Horizon))
        {
            Close.Equal(t, q.TimeOf(q.LogSnr(t)), 1e-8);
        }

        Assert.Equal(q.Horizon, q.TimeOf(double.NegativeInfinity));
    }

    [Theory, MemberData(nameof(Schedules))]
    public void Two_steps_are_one(string kind)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        var unit = q.Horizon / 1000;
        foreach (var (r, s, t) in new[] { (0, 1, 2), (0, 0.3, 0.9), (3, 4, 5), (10, 200, 201), (17.5, 99.25, 640.75), (0, 500, 999) }
            .Select(three => (three.Item1 * unit, three.Item2 * unit, three.Item3 * unit)))
        {
            var (one, two, both) = (q.Between(r, s), q.Between(s, t), q.Between(r, t));
            Close.Equal(one.Scale * two.Scale, both.Scale, 1e-10);
            Close.Equal(two.Scale * two.Scale * one.Variance + two.Variance, both.Variance, 1e-10);
        }
    }

    /// <summary>N(x_t; a x_s, v) N(x_s; alpha_s x0, sigma_s^2) as a function of x_s, by its two derivatives instead of by Bayes' formulas.</summary>
    [Theory, MemberData(nameof(Schedules))]
    public void The_posterior_is_the_product_of_the_two_laws_that_it_comes_from(string kind)
    {
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        var unit = q.Horizon / 1000;
        foreach (var (s, t) in new[] { (1.0, 2.0), (3.5, 7.25), (100, 300), (400, 999) }.Select(pair => (pair.Item1 * unit, pair.Item2 * unit)))
        {
            var (x0, x) = (0.3, -0.8);
            var step = q.Between(s, t);
            var (a, v, before) = (step.Scale, step.Variance, q.Sigma(s) * q.Sigma(s));
            var precision = a * a / v + 1 / before;
            var p = q.Posterior(s, t);
            Close.Equal(1 / precision, p.Variance, 1e-8);
            Close.Equal((a * x / v + q.Alpha(s) * x0 / before) / precision, p.OfX0 * x0 + p.OfXt * x, 1e-8);
        }
    }

    [Theory, MemberData(nameof(Schedules))]
    public void Training_times_cover_the_clock_evenly(string kind)
    {
        var q = Every.Default<ProcessOptions>(kind).Build();
        if (q.Steps is null)
        {
            Assert.Equal(q.Horizon, q.TimeAt(1 - 1e-12), 1e-9 * q.Horizon);
            Assert.InRange(q.TimeAt(0), 0, 0.01 * q.Horizon);
            return;
        }

        var times = Enumerable.Range(0, 10 * q.Steps!.Value).Select(i => q.TimeAt((i + 0.5) / (10 * q.Steps!.Value))).GroupBy(t => t).ToList();
        Assert.Equal(Enumerable.Range(1, q.Steps!.Value).Select(t => (double)t), times.Select(group => group.Key));
        Assert.All(times, group => Assert.Equal(10, group.Count()));
    }

    [Theory, MemberData(nameof(Schedules))]
    public void The_score_is_the_derivative_of_the_log_density(string kind)
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(kind).Build();
        var (x0, x) = (tensor(0.3, ScalarType.Float64), tensor(-0.2, ScalarType.Float64));
        double Log(double at, double t) => -Math.Pow(at - q.Alpha(t) * 0.3, 2) / (2 * q.Sigma(t) * q.Sigma(t));
        foreach (var t in new[] { 0.005, 0.1205, 0.8 }.Select(share => share * q.Horizon))
        {
            Close.Equal((Log(-0.2 + 1e-5, t) - Log(-0.2 - 1e-5, t)) / 2e-5, q.Score(x, x0, t).item<double>(), 1e-5);
        }
    }
}
