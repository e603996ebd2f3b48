using Diffuse.Data;

namespace Diffuse.Tests.Data;

public sealed class PermutationTests
{
    [Fact]
    public void Every_epoch_visits_every_image_once()
    {
        foreach (var count in new[] { 1, 2, 3, 4, 5, 16, 17, 100, 1000, 4097 })
        {
            for (var epoch = 0; epoch < 3; epoch++)
            {
                var order = new Permutation(count, 7, epoch);
                Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(order.At).Order());
            }
        }
    }

    [Fact]
    public void Orders_differ_by_epoch_and_seed()
    {
        int[] Order(long seed, long epoch) => [.. Enumerable.Range(0, 100).Select(new Permutation(100, seed, epoch).At)];
        Assert.NotEqual(Order(1, 0), Order(1, 1));
        Assert.NotEqual(Order(1, 0), Order(2, 0));
        Assert.Equal(Order(1, 0), Order(1, 0));
    }

    /// <summary>Over many epochs each image stands at each place about equally often: chi-square with 99 x 99 degrees of freedom.</summary>
    [Fact]
    public void Places_are_uniform()
    {
        const int Count = 100, Epochs = 10_000;
        var seen = new int[Count, Count];
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var order = new Permutation(Count, 3, epoch);
            for (var place = 0; place < Count; place++)
            {
                seen[place, order.At(place)]++;
            }
        }

        var chiSquare = seen.Cast<int>().Sum(n => (n - 100.0) * (n - 100.0) / 100.0);
        var degrees = 99.0 * 99.0;
        Assert.InRange((chiSquare - degrees) / Math.Sqrt(2 * degrees), -4, 4);
    }

    /// <summary>Neighbours in the order are not neighbours in the data: the mean distance of a random order is (count + 1) / 3.</summary>
    [Fact]
    public void Neighbours_are_far_apart()
    {
        const int Count = 5000;
        var order = new Permutation(Count, 11, 0);
        var mean = Enumerable.Range(0, Count - 1).Average(place => Math.Abs(order.At(place + 1) - order.At(place)));
        Assert.InRange(mean, Count / 3.0 - 60, Count / 3.0 + 60);
    }
}
