using Diffuse.Configuration;

namespace Diffuse.Tests.Configuration;

public sealed class ConfigDifferenceTests
{
    [Fact]
    public void Equal_configs_do_not_differ_even_where_lists_are_other_objects() =>
        Assert.Empty(ConfigDifference.Between(new Menu { Prices = [1, 2] }, new Menu { Prices = new List<int> { 1, 2 } }));

    [Fact]
    public void Every_key_that_differs_is_named_with_both_values()
    {
        var before = new Menu { Prices = [1, 2], Note = "x", Kitchen = new Kitchen { Heat = 1 } };
        var after = new Menu { Prices = [1], Mains = [new Soup()], Starter = new HotSalad() };
        Assert.Equal(
            [
                "note: x before, null now",
                "prices: [1, 2] before, [1] now",
                "starter: soup before, hot-salad now",
                "starter.spoons: 2 before, nothing now",
                "mains: [] before, nothing now",
                "kitchen.heat: 1 before, 180 now",
                "starter.vinegar: nothing before, 1.0e-05 now",
                "starter.dressing: nothing before, plain now",
                "mains[0]: nothing before, soup now",
                "mains[0].salt: nothing before, 0.5 now",
                "mains[0].spoons: nothing before, 1 now",
            ],
            ConfigDifference.Between(before, after).Select(difference => difference.ToString()));
    }
}
