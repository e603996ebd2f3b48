using Diffuse.Configuration;
using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Samplers;

public sealed class SolverOptionsTests
{
    private static readonly ForwardProcess NoSignal = new LinearOptions { ZeroTerminalSnr = true }.Build();

    private static readonly ForwardProcess Linear = new LinearOptions().Build();

    public static TheoryData<string, SamplerOptions> FollowingNoise => new()
    {
        { "algorithm dpmsolver", new DpmSolverOptions { Algorithm = "dpmsolver" } },
        { "algorithm sde-dpmsolver", new DpmSolverOptions { Algorithm = "sde-dpmsolver" } },
        { "unipc without predict_x0", new UniPCOptions { PredictX0 = false } },
        { "sampler kdpm2", new Kdpm2Options() },
        { "sampler lms", new LmsOptions() },
        { "sampler pndm", new PndmOptions() },
    };

    [Theory, MemberData(nameof(FollowingNoise))]
    public void Solvers_that_follow_the_noise_refuse_to_start_without_signal(string what, SamplerOptions options) => Assert.Equal(
        $"{what} follows the noise on sigma / alpha, which is infinite at this process's end: ddim starts there, and dpm-solver and unipc on x0",
        Assert.Throws<ConfigException>(() => options.Build(NoSignal)).Message);

    [Fact]
    public void Noise_on_the_way_has_no_third_order() => Assert.Equal(
        "sampler dpm-solver: algorithm sde-dpmsolver++ has no order 3: take order 2, or dpmsolver++",
        Assert.Throws<ConfigException>(() => new DpmSolverOptions { Algorithm = "sde-dpmsolver++", Order = 3 }.Build(Linear)).Message);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    public void Log_snr_times_are_evenly_spaced(double end, double last)
    {
        var q = (NoiseSchedule)Linear;
        var grid = new LogSnrOptions { End = end }.Build(q, 12);
        var times = end == 0 ? grid.Times.SkipLast(1).ToList() : grid.Times;
        var levels = times.Select(q.LogSnr).ToList();
        Assert.Equal((q.Horizon, last), (times[0], Math.Round(times[^1], 9)));
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.Equal((levels[^1] - levels[0]) / (levels.Count - 1), pair.Second - pair.First, 1e-9));
    }

    [Fact]
    public void A_linspace_that_ends_at_step_one_does_not_visit_it() =>
        Assert.Equal([1000, 800, 600, 401, 201, 1], new LinspaceOptions { End = 1 }.Build(Linear, 5).Times);
}
