using Diffuse.Configuration;

namespace Diffuse.Tests.Configuration;

public sealed class ConfigOverrideTests
{
    [Theory]
    [InlineData("guests=9")]
    [InlineData(" guests = 9 ")]
    public void A_value_replaces_that_of_the_file(string set) => Assert.Equal(9, Read("guests: 4", set).Guests);

    [Fact]
    public void The_last_of_two_values_stands() => Assert.Equal(9, Read("guests: 4", "guests=8", "guests=9").Guests);

    [Fact]
    public void Sections_that_the_file_does_not_have_are_made() => Assert.Equal(90, Read("guests: 4", "kitchen.heat=90").Kitchen.Heat);

    [Fact]
    public void An_empty_file_with_a_value_is_a_config() => Assert.Equal(9, Read("", "guests=9").Guests);

    [Fact]
    public void A_key_below_a_bare_kind_belongs_to_that_kind()
    {
        Assert.Equal(new HotSalad { Vinegar = 1 }, Read("starter: hot-salad", "starter.vinegar=1").Starter);
        Assert.Equal(new HotSalad { Dressing = new Oil { Range = new Spread { To = 7 } } },
            Read("starter: { kind: hot-salad, dressing: oil }", "starter.dressing.range.to=7").Starter);
        Assert.Equal(new Soup { Spoons = 2, Salt = 1 }, Read("guests: 4", "starter.salt=1").Starter);
    }

    [Fact]
    public void A_value_may_be_a_list_a_mapping_or_quoted()
    {
        Assert.Equal([7, 8], Read("guests: 4", "prices=[7,8]").Prices);
        Assert.Equal(new Soup { Salt = 1 }, Read("starter: hot-salad", "starter={kind: soup, salt: 1}").Starter);
        Assert.Equal("null", Read("guests: 4", "note='null'").Note);
        Assert.Null(Read("note: x", "note=null").Note);
    }

    [Theory]
    [InlineData("#ffffff")]
    [InlineData("C:\\a: b # c")]
    [InlineData("a=b")]
    [InlineData("- x")]
    public void Any_other_value_is_taken_as_it_stands(string value) => Assert.Equal(value, Read("guests: 4", $"note={value}").Note);

    [Theory]
    [InlineData("gests=9", "--set gests: found an unknown key; did you mean 'guests'? allowed: ")]
    [InlineData("kitchen.haet=9", "--set kitchen.haet: found an unknown key; did you mean 'heat'? allowed: open, heat")]
    [InlineData("guests.of=9", "--set guests.of: guests: found a mapping; allowed: a whole number from 1 to 64")]
    [InlineData("starter.kind=suop", "--set starter.kind: starter: found the unknown kind 'suop'; did you mean 'soup'? allowed: ")]
    [InlineData("prices=[1", "--set prices: bad YAML: While parsing a flow sequence, did not find expected ',' or ']'")]
    [InlineData("starter={kind: soup, slat: 1}", "--set starter: starter.slat: found an unknown key; did you mean 'salt'? allowed: ")]
    public void A_mistake_names_the_option(string set, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Assert.Throws<ConfigException>(() => Read("guests: 4", set)).Problems));

    [Theory]
    [InlineData("guests")]
    [InlineData("=4")]
    [InlineData("a..b=4")]
    [InlineData("")]
    public void A_text_that_is_no_key_and_value_is_refused(string set)
    {
        var error = Assert.Throws<ConfigException>(() => ConfigOverride.Parse(set));
        Assert.Equal($"--set: found '{set}'; allowed: key=value such as training.batch=32 or network.channels=[32,64]", error.Message);
    }

    private static Menu Read(string text, params string[] sets) =>
        ConfigReader.Read<Menu>(text, "menu.yaml", [.. sets.Select(ConfigOverride.Parse)]);
}
