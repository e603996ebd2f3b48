using Diffuse.Numerics;

namespace Diffuse.Tests.Numerics;

public sealed class SeedsTests
{
    [Fact]
    public void Neighbouring_counters_give_unrelated_seeds()
    {
        var seeds = new HashSet<ulong>();
        for (var a = 0; a < 100; a++)
        {
            for (var b = 0; b < 100; b++)
            {
                Assert.True(seeds.Add(Seeds.Of(0, a, b)));
            }
        }

        var bits = Enumerable.Range(0, 1000).Select(i => System.Numerics.BitOperations.PopCount(Seeds.Of(0, i) ^ Seeds.Of(0, i + 1))).Average();
        Assert.InRange(bits, 31, 33);
    }

    [Fact]
    public void Order_and_number_of_counters_count() =>
        Assert.Equal(5, new[] { Seeds.Of(1), Seeds.Of(1, 0), Seeds.Of(1, 0, 0), Seeds.Of(1, 2, 3), Seeds.Of(1, 3, 2) }.Distinct().Count());

    [Fact]
    public void A_seed_and_a_counter_do_not_change_places() =>
        Assert.Equal(10_000, Enumerable.Range(0, 100).SelectMany(seed => Enumerable.Range(0, 100).Select(counter => Seeds.Of(seed, counter))).Distinct().Count());

    /// <summary>Runs are resumed and images are made again years later: the numbers are part of the format.</summary>
    [Fact]
    public void Seeds_never_change() =>
        Assert.Equal((0xE220A8397B1DCDAFUL, 0x84233D3B5F1087DUL), (Seeds.Of(0), Seeds.Of(7, 1, 2)));

    [Fact]
    public void A_generator_is_a_function_of_its_counters()
    {
        Assert.Equal(Seeds.Random(3, 4).NextDouble(), Seeds.Random(3, 4).NextDouble());
        Assert.NotEqual(Seeds.Random(3, 4).NextDouble(), Seeds.Random(3, 5).NextDouble());
    }
}
