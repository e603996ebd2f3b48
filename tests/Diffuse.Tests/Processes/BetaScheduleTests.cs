using Diffuse.Configuration;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Processes;

public sealed class BetaScheduleTests
{
    [Theory]
    [InlineData(new double[0], "a process needs at least one step")]
    [InlineData(new[] { 0.1, 0.0 }, "step 2 of 2 has beta 0: betas lie above 0 and below 1 (the last may be 1)")]
    [InlineData(new[] { 0.1, 1.5 }, "step 2 of 2 has beta 1.5: betas lie above 0 and below 1 (the last may be 1)")]
    [InlineData(new[] { 0.1, double.NaN }, "step 2 of 2 has beta NaN: betas lie above 0 and below 1 (the last may be 1)")]
    [InlineData(new[] { 1, 0.1 }, "step 1 of 2 has beta 1: betas lie above 0 and below 1 (the last may be 1)")]
    public void Betas_out_of_range_are_refused(double[] betas, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigException>(() => new BetaSchedule(betas)).Message);

    [Fact]
    public void Scaled_betas_above_one_say_what_to_do() => Assert.Equal(
        "linear betas scaled to 10 steps end at 2, above 1: take 20 steps or more, or give beta_end",
        Assert.Throws<ConfigException>(() => new LinearOptions { Steps = 10 }.Build()).Message);

    [Fact]
    public void Given_betas_are_not_scaled()
    {
        var q = (NoiseSchedule)new LinearOptions { Steps = 10, BetaStart = 0.0001, BetaEnd = 0.02 }.Build();
        Close.Equal(0.02, q.Between(9, 10).Variance);
        Close.Equal(0.0001, q.Between(0, 1).Variance);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("cosine")]
    [InlineData("scaled-linear")]
    public void Rescaled_to_zero_terminal_snr_no_signal_is_left_and_the_first_step_is_the_same(string kind)
    {
        var options = Every.Default<ProcessOptions>(kind);
        var plain = (NoiseSchedule)options.Build();
        var rescaled = (NoiseSchedule)(((BetaScheduleOptions)options) with { ZeroTerminalSnr = true }).Build();
        Assert.Equal((0.0, 1.0), (rescaled.Alpha(rescaled.Horizon), rescaled.Sigma(rescaled.Horizon)));
        Close.Equal(plain.Alpha(1), rescaled.Alpha(1));
        Assert.True(rescaled.Snr(999.5) > 0);
    }

    [Fact]
    public void Without_signal_at_the_end_eps_is_refused_and_v_is_not()
    {
        var q = new LinearOptions { ZeroTerminalSnr = true }.Build();
        Assert.Contains("take v or x0", Assert.Throws<ConfigException>(() => new EpsOptions().Build(q)).Message);
        var v = new VelocityOptions().Build(q).At(q.Horizon);
        Assert.Equal((0.0, -1.0, 1.0), (v.Skip, v.Out, v.In));
    }

    [Theory]
    [InlineData(-0.5)]
    [InlineData(1000.5)]
    [InlineData(double.NaN)]
    public void Times_off_the_clock_are_refused(double t) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ((NoiseSchedule)new CosineOptions().Build()).Alpha(t));

    [Fact]
    public void Between_the_steps_the_log_snr_is_on_a_line()
    {
        var q = (NoiseSchedule)new LinearOptions().Build();
        foreach (var t in new[] { 1.0, 10, 500, 999 })
        {
            Close.Equal(0.75 * Math.Log(q.Snr(t)) + 0.25 * Math.Log(q.Snr(t + 1)), Math.Log(q.Snr(t + 0.25)), 1e-9);
        }
    }
}
