using Diffuse.Numerics;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Numerics;

public sealed class EstimateTests
{
    [Fact]
    public void Mean_and_interval_of_a_small_sample()
    {
        // Standard error sqrt(2.5 / 5), Student's t for 4 degrees of freedom 2.776445.
        var estimate = Estimate.Of([1, 2, 3, 4, 5]);
        Assert.Equal((3.0, 5), (estimate.Mean, estimate.Count));
        Close.Equal(2.776445105 * Math.Sqrt(0.5), estimate.HalfWidth, 1e-8);
        Close.Equal([3 - estimate.HalfWidth, 3 + estimate.HalfWidth], [estimate.Low, estimate.High]);
    }

    [Theory]
    [InlineData(6, 2.570581836)]
    [InlineData(11, 2.228138852)]
    [InlineData(31, 2.042272456)]
    [InlineData(101, 1.983971519)]
    public void The_quantile_is_that_of_tables(int count, double quantile)
    {
        var draws = Enumerable.Range(0, count).Select(i => (double)i).ToList();
        var deviation = Math.Sqrt(draws.Sum(x => Math.Pow(x - draws.Average(), 2)) / (count - 1));
        Close.Equal(quantile, Estimate.Of(draws).HalfWidth / deviation * Math.Sqrt(count), 1e-8);
    }

    [Fact]
    public void One_draw_has_no_interval_and_none_has_no_mean()
    {
        Assert.True(double.IsNaN(Estimate.Of([4.0]).HalfWidth));
        Assert.Throws<ArgumentException>(() => Estimate.Of([]));
    }

    [Fact]
    public void The_interval_holds_the_mean_nineteen_times_in_twenty()
    {
        var random = new Random(1);
        var held = Enumerable.Range(0, 2000).Count(_ =>
        {
            var estimate = Estimate.Of([.. Enumerable.Range(0, 12).Select(_ => random.NextDouble())]);
            return estimate.Low < 0.5 && estimate.High > 0.5;
        });
        Assert.InRange(held, 1860, 1940);
    }
}
