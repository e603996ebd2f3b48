using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class TimeLawTests
{
    private static readonly ForwardProcess Ten = new CosineOptions { Steps = 10 }.Build();

    /// <summary>All but the laws that prefer some times on purpose.</summary>
    public static TheoryData<string> Kinds => [.. Every.Kind<TimeLawOptions>().Except(["log-normal", "logit-normal"])];

    [Theory, MemberData(nameof(Kinds))]
    public void Weighted_by_its_weights_every_law_is_uniform(string kind)
    {
        using var scope = NewDisposeScope();
        var law = Every.Default<TimeLawOptions>(kind).Build(Ten);
        for (var i = 0; i < 10; i++)
        {
            law.Observe(new Times([.. Enumerable.Range(1, 10).Select(t => (double)t)]), tensor(Enumerable.Range(1, 10).Select(t => 0.1 * t).ToArray()));
        }

        var share = new double[11];
        var draw = law.Draw(50_000, new Random(1));
        for (var i = 0; i < draw.Times.Count; i++)
        {
            share[(int)draw.Times.Values[i]] += (draw.Weights?[i] ?? 1) / draw.Times.Count;
        }

        Assert.All(share[1..], one => Assert.InRange(one, 0.09, 0.11));
        foreach (var state in law.State.Values)
        {
            state.Dispose();
        }
    }

    [Fact]
    public void Steps_with_large_losses_are_drawn_more_often_once_all_were_seen()
    {
        using var scope = NewDisposeScope();
        var law = new SecondMomentTimes(4, 2, 0.001);
        Assert.Equal([0.25, 0.25, 0.25, 0.25], law.Probabilities());
        law.Observe(new Times([1, 2, 3, 4, 1, 2, 3]), tensor(new[] { 1.0, 1, 1, 5, 1, 1, 1 }));
        Assert.Equal(0.25, law.Probabilities()[3]);
        law.Observe(new Times([4]), tensor(new[] { 5.0 }));
        Close.Equal(0.999 * 5 / 8 + 0.001 / 4, law.Probabilities()[3]);
    }

    [Fact]
    public void What_the_law_has_learned_travels_in_its_state()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (new SecondMomentTimes(2, 1, 0), new SecondMomentTimes(2, 1, 0));
        first.Observe(new Times([1, 2]), tensor(new[] { 1.0, 3.0 }));
        foreach (var (name, value) in first.State)
        {
            second.State[name].copy_(value);
        }

        Assert.Equal([0.25, 0.75], second.Probabilities());
    }

    [Fact]
    public void Stratified_times_are_spread_over_every_batch()
    {
        var law = new UniformTimesOptions { Stratified = true }.Build(Ten);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Enumerable.Range(1, 10).Select(t => (double)t), law.Draw(10, new Random(i)).Times.Values.Order());
        }
    }

    [Fact]
    public void Log_normal_times_have_a_normal_logarithm_of_the_noise_level()
    {
        foreach (var process in new ProcessOptions[] { new EdmScheduleOptions(), new LinearPathOptions() })
        {
            var q = (NoiseSchedule)process.Build();
            var draw = new LogNormalTimesOptions { Mean = -0.5, Std = 0.7 }.Build(q).Draw(20_000, new Random(1));
            Assert.Null(draw.Weights);
            var levels = draw.Times.Values.Select(t => Math.Log(q.Sigma(t) / q.Alpha(t))).ToList();
            Assert.InRange(levels.Average(), -0.52, -0.48);
            Assert.InRange(levels.Average(level => Math.Pow(level + 0.5, 2)), 0.47, 0.51);
        }
    }

    [Fact]
    public void Logit_normal_times_are_log_normal_on_the_straight_path()
    {
        var flow = new LinearPathOptions().Build();
        var logit = new LogitNormalTimesOptions { Mean = 0.3, Scale = 0.8 }.Build(flow).Draw(100, new Random(2)).Times;
        Close.Equal(new LogNormalTimesOptions { Mean = 0.3, Std = 0.8 }.Build(flow).Draw(100, new Random(2)).Times.Values, logit.Values);
    }

    [Theory]
    [InlineData("log-normal")]
    [InlineData("logit-normal")]
    public void On_a_chain_they_are_its_steps(string kind)
    {
        var times = Every.Default<TimeLawOptions>(kind).Build(Ten).Draw(2000, new Random(3)).Times.Values;
        Assert.All(times, t => Assert.True(t == Math.Round(t) && t is >= 1 and <= 10, $"{t}"));
        Assert.True(times.Distinct().Count() > 5);
    }
}
