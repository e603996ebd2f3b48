using Diffuse.Denoising;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>
/// The error of a solver against the exact solution of the probability-flow ODE of a Gaussian falls with the step h like h^order. The solution is
/// compared before the step onto clean data.
/// </summary>
public sealed class SolverOrderLaws
{
    private static readonly BetaSchedule Linear = (BetaSchedule)new LinearOptions().Build();

    [Theory]
    [InlineData("dpmsolver++ 1", 1)]
    [InlineData("dpmsolver++ 2", 2)]
    [InlineData("dpmsolver++ 2 heun", 2)]
    [InlineData("dpmsolver 1", 1)]
    [InlineData("dpmsolver 2", 2)]
    [InlineData("unip 1", 1)]
    [InlineData("unip 2", 2)]
    [InlineData("unip 3", 3)]
    [InlineData("unipc 1", 2)]
    [InlineData("unipc 2", 3)]
    [InlineData("unipc 2 bh1", 3)]
    [InlineData("unipc 2 noise", 3)]
    [InlineData("unipc 3", 4)]
    [InlineData("unipc 3 noise", 4)]
    [InlineData("kdpm2", 2)]
    [InlineData("lms 1", 1)]
    [InlineData("lms 2", 2)]
    [InlineData("lms 3", 3)]
    [InlineData("lms 4", 4)]
    public void The_error_falls_with_its_order(string solver, double order) =>
        Assert.InRange(Order(Solvers.All[solver], EvenInLambda), order - 0.2, order + 0.2);

    /// <summary>The published third order weighs the second derivative by half: it is more exact than the second, at the same order.</summary>
    [Theory]
    [InlineData("dpmsolver++ 3", "dpmsolver++ 2")]
    [InlineData("dpmsolver 3", "dpmsolver 2")]
    public void The_third_order_of_dpm_solver_as_published_is_a_better_second(string third, string second)
    {
        Assert.InRange(Order(Solvers.All[third], EvenInLambda), 1.7, 2.5);
        Assert.InRange(Error(Solvers.All[third], EvenInLambda(80)) / Error(Solvers.All[second], EvenInLambda(80)), 0, 0.6);
    }

    [Theory]
    [InlineData("plms", 2)]
    [InlineData("pndm", 2)]
    public void On_evenly_spaced_times_pseudo_methods_have_at_least_second_order(string solver, double order) =>
        Assert.InRange(Order(Solvers.All[solver], EvenInTime), order - 0.3, 5);

    /// <summary>As diffusers has it for models that predict v: the mean of v at several times is not the v of any.</summary>
    [Theory]
    [InlineData("plms of v")]
    [InlineData("pndm of v")]
    public void The_mean_of_v_is_of_first_order(string solver) => Assert.InRange(Order(Solvers.All[solver], EvenInTime), 0.9, 1.1);

    private static TimeGrid EvenInTime(int steps) => new([.. Enumerable.Range(0, steps + 1).Select(i => 1000 - i * 800.0 / steps)]);

    private static TimeGrid EvenInLambda(int steps)
    {
        var (first, last) = (Linear.LogSnr(1000), Linear.LogSnr(100));
        return new([.. Enumerable.Range(0, steps + 1).Select(i => i == 0 ? 1000 : Linear.TimeOf(first + i * (last - first) / steps))]);
    }

    private static double Order(SamplerOptions solver, Func<int, TimeGrid> grid) => Math.Log2(Error(solver, grid(160)) / Error(solver, grid(320)));

    private static double Error(SamplerOptions solver, TimeGrid grid)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Gaussian();
        var x = Linear.Corrupt(data.Draw(16, 1), Times.All(1000, 16), data.Draw(16, 2));
        var end = solver.Build(Linear).Sample((noisy, t) => new Denoised(data.Denoise(Linear, noisy, t)), x, grid, new NoNoise());
        return (data.Decode(Linear, end, grid.Times[^1]) - data.Decode(Linear, x, 1000)).abs().max().item<double>();
    }
}
