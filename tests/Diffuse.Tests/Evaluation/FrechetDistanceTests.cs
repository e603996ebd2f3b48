using Diffuse.Evaluation;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Evaluation;

public sealed class FrechetDistanceTests
{
    [Fact, LeaksNoTensors]
    public void Between_Gaussians_of_diagonal_covariance_it_is_the_sum_over_dimensions()
    {
        using var scope = NewDisposeScope();
        Tensor Vector(params double[] values) => tensor(values);
        var distance = FrechetDistance.Between(Vector(1, 2), Vector(4, 9).diag(), Vector(0, 4), Vector(1, 16).diag());
        Close.Equal(1 + 4 + (2 - 1) * (2 - 1) + (3 - 4) * (3 - 4), distance);
    }

    [Fact]
    public void A_set_is_no_distance_from_itself_and_order_does_not_matter()
    {
        using var scope = NewDisposeScope();
        var features = Draw(300, 1, 1);
        Close.Equal(0, FrechetDistance.Between(features, features), floor: 1e-9);
        Close.Equal(FrechetDistance.Between(Draw(300, 2, 0.5), features), FrechetDistance.Between(features, Draw(300, 2, 0.5)), 1e-9);
    }

    /// <summary>N(0, I) against N(m, 4 I) in 8 dimensions: the distance is |m|^2 + 8.</summary>
    [Fact]
    public void Nineteen_intervals_in_twenty_hold_the_distance_of_the_laws()
    {
        var held = Enumerable.Range(0, 60).Count(i =>
        {
            using var scope = NewDisposeScope();
            var (_, low, high) = FrechetDistance.WithInterval(Draw(300, 2 * i, 1), Draw(300, 2 * i + 1, 2) + 0.5, seed: i, resamplings: 80);
            return low < 8 * 0.25 + 8 && high > 8 * 0.25 + 8;
        });
        Assert.InRange(held, 53, 60);
    }

    private static Tensor Draw(int n, long seed, double deviation)
    {
        using var z = new PerImageNoise(seed, [0]);
        return z.Normal(zeros(1, n, 8, ScalarType.Float64))[0] * deviation;
    }
}
