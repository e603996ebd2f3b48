using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public sealed class DormandPrinceTests
{
    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    public void An_oscillation_is_followed_within_a_few_tolerances_forth_and_back(double tolerance)
    {
        using var scope = NewDisposeScope();
        var turn = tensor(new double[,] { { 0, 1 }, { -1, 0 } });
        var start = tensor(new[] { 1.0, 0.0 });
        Tensor F(double t, Tensor y) => turn.matmul(y);
        var there = DormandPrince.Solve(F, 0, 5, start, tolerance, tolerance);
        Close.Equal([Math.Cos(5), -Math.Sin(5)], there, 0, 20 * tolerance);
        Close.Equal(start, DormandPrince.Solve(F, 5, 0, there, tolerance, tolerance), 0, 50 * tolerance);
    }

    [Fact]
    public void Polynomials_of_degree_five_are_exact_in_one_step_after_the_first()
    {
        using var scope = NewDisposeScope();
        var calls = 0;
        Tensor F(double t, Tensor y)
        {
            calls++;
            return full_like(y, 5 * Math.Pow(t, 4));
        }

        Close.Equal(32.0, DormandPrince.Solve(F, 0, 2, zeros(1, ScalarType.Float64), 1e-2, 1e-2).item<double>(), 1e-12);
        Assert.InRange(calls, 2, 60);
    }

    [Fact]
    public void No_way_is_the_start()
    {
        using var scope = NewDisposeScope();
        var y = tensor(new[] { 1.0, 2.0 });
        Close.Equal(y, DormandPrince.Solve((_, at) => at, 3, 3, y, 1e-6, 1e-6));
    }

    [Fact]
    public void A_solution_that_ends_before_its_time_is_an_error()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArithmeticException>(() => DormandPrince.Solve((_, y) => y.square(), 0, 2, ones(1, ScalarType.Float64), 1e-6, 1e-6));
        Assert.Throws<ArithmeticException>(() => DormandPrince.Solve((_, y) => y * double.NaN, 0, 2, ones(1, ScalarType.Float64), 1e-6, 1e-6));
    }

    [Fact, LeaksNoTensors]
    public void It_leaves_its_result_and_nothing_else()
    {
        using var y = ones(4, ScalarType.Float64);
        var before = Tensor.TotalCount;
        using var result = DormandPrince.Solve((_, at) => -at, 0, 3, y, 1e-6, 1e-6);
        Assert.Equal(before + 1, Tensor.TotalCount);
        Close.Equal([.. Enumerable.Repeat(Math.Exp(-3), 4)], result, 1e-4);
    }
}
