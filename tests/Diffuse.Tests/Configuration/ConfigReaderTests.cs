using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Tests.Configuration;

public sealed class ConfigReaderTests
{
    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var menu = Read(
            """
            title: "late: lunch"
            guests: 12
            seed: 9000000000
            outdoors: true
            season: summer
            napkins: 1.5M
            discount: 1.0e-3
            note: 42
            prices: [1, 2]
            guard: [a, 'b c']
            starter: { kind: hot-salad, vinegar: .5, dressing: oil }
            mains:
              - soup
              - kind: hot-salad
                dressing: { kind: oil, range: { from: 3, to: 4 } }
            kitchen:
              open: 1h30m
            """);
        Assert.Equal(("late: lunch", 12, 9_000_000_000, true), (menu.Title, menu.Guests, menu.Seed, menu.Outdoors));
        Assert.Equal((Season.Summer, 1_500_000, 0.001, "42"), (menu.Season, menu.Napkins.Value, menu.Discount, menu.Note));
        Assert.Equal([1, 2], menu.Prices);
        Assert.Equal(["a", "b c"], menu.Guard);
        Assert.Equal(new HotSalad { Vinegar = 0.5, Dressing = new Oil() }, menu.Starter);
        Assert.Equal([new Soup(), new HotSalad { Dressing = new Oil { Range = new Spread { From = 3, To = 4 } } }], menu.Mains);
        Assert.Equal(new Kitchen { Open = TrainingDuration.Of(TimeSpan.FromMinutes(90)) }, menu.Kitchen);
    }

    [Fact]
    public void What_is_not_written_keeps_its_default()
    {
        var menu = Read("guests: 5");
        Assert.Equal(new Soup { Spoons = 2 }, menu.Starter);
        Assert.Equal(new Kitchen(), menu.Kitchen);
        Assert.Equal([3, 5], menu.Prices);
    }

    [Fact]
    public void A_family_without_a_kind_keeps_the_kind_of_its_default_and_with_a_kind_starts_anew()
    {
        Assert.Equal(new Soup { Spoons = 2, Salt = 1 }, Read("starter: { salt: 1 }").Starter);
        Assert.Equal(new Soup { Spoons = 1, Salt = 1 }, Read("starter: { kind: soup, salt: 1 }").Starter);
        Assert.Equal(new Soup { Spoons = 1 }, Read("starter: soup").Starter);
    }

    [Fact]
    public void Null_is_a_value_only_where_null_is_allowed()
    {
        var menu = Read("note: null\ndiscount: ~\nrecipes:");
        Assert.Null(menu.Note);
        Assert.Null(menu.Discount);
        Assert.Null(menu.Recipes);
        Assert.Equal("null", Read("note: 'null'").Note);
        Fails("title: null", "menu.yaml:1:8: title: found nothing; allowed: text");
    }

    [Fact]
    public void An_anchor_is_a_value_written_once()
    {
        var menu = Read("starter: &it { kind: soup, spoons: 3 }\nmains: [*it, *it]");
        Assert.Equal([menu.Starter, menu.Starter], menu.Mains);
        Fails("starter: *it", "menu.yaml:1:10: bad YAML: the alias *it has no anchor before it");
    }

    [Fact]
    public void A_path_is_relative_to_the_folder_of_the_file_and_on_the_command_line_to_the_current_one()
    {
        var file = Path.Combine(Path.GetTempPath(), "kitchen", "menu.yaml");
        Assert.Equal(Path.Combine(Path.GetTempPath(), "recipes"), ConfigReader.Read<Menu>("recipes: ../recipes", file).Recipes);
        var menu = ConfigReader.Read<Menu>("recipes: ../recipes", file, [ConfigOverride.Parse("recipes=mine")]);
        Assert.Equal(Path.GetFullPath("mine"), menu.Recipes);
    }

    [Theory]
    [InlineData("gests: 4", "menu.yaml:1:1: gests: found an unknown key; did you mean 'guests'? allowed: " + Keys)]
    [InlineData("heat: 4", "menu.yaml:1:1: heat: found an unknown key; did you mean 'kitchen.heat'? allowed: " + Keys)]
    [InlineData("zzz: 4", "menu.yaml:1:1: zzz: found an unknown key; allowed: " + Keys)]
    [InlineData("kitchen:\n  haet: 4", "menu.yaml:2:3: kitchen.haet: found an unknown key; did you mean 'heat'? allowed: open, heat")]
    [InlineData("starter: { kind: soup, vinegar: 1 }",
        "menu.yaml:1:24: starter.vinegar: found an unknown key; it is a key of the kind hot-salad; allowed: salt, spoons")]
    [InlineData("starter: { vinegar: 1 }",
        "menu.yaml:1:12: starter.vinegar: found an unknown key; it is a key of the kind hot-salad; allowed: salt, spoons")]
    [InlineData("starter: suop", "menu.yaml:1:10: starter: found the unknown kind 'suop'; did you mean 'soup'? allowed: hot-salad, soup")]
    [InlineData("starter: { kind: [soup] }", "menu.yaml:1:18: starter: found a list as the kind; allowed: hot-salad, soup")]
    [InlineData("starter:", "menu.yaml:1:9: starter: found nothing; allowed: hot-salad, soup")]
    [InlineData("mains: [{ salt: 1 }]", "menu.yaml:1:9: mains[0]: found no kind; allowed: hot-salad, soup")]
    [InlineData("mains: soup", "menu.yaml:1:8: mains: found 'soup'; allowed: a list in brackets, each hot-salad, soup")]
    [InlineData("guests: many", "menu.yaml:1:9: guests: found 'many'; allowed: a whole number from 1 to 64")]
    [InlineData("guests: 1.5", "menu.yaml:1:9: guests: found '1.5'; allowed: a whole number from 1 to 64")]
    [InlineData("guests: 65", "menu.yaml:1:9: guests: found '65'; allowed: a whole number from 1 to 64")]
    [InlineData("guests: [4]", "menu.yaml:1:9: guests: found a list; allowed: a whole number from 1 to 64")]
    [InlineData("guests: 99999999999", "menu.yaml:1:9: guests: found '99999999999'; allowed: a whole number from 1 to 64")]
    [InlineData("discount: 0", "menu.yaml:1:11: discount: found '0'; allowed: a number above 0, at most 1")]
    [InlineData("discount: .nan", "menu.yaml:1:11: discount: found '.nan'; allowed: a number above 0, at most 1")]
    [InlineData("kitchen: { heat: -1 }", "menu.yaml:1:18: kitchen.heat: found '-1'; allowed: a number from 0")]
    [InlineData("kitchen: hot", "menu.yaml:1:10: kitchen: found 'hot'; allowed: a mapping with the keys open, heat")]
    [InlineData("outdoors: yes", "menu.yaml:1:11: outdoors: found 'yes'; allowed: true or false")]
    [InlineData("season: sumer", "menu.yaml:1:9: season: found 'sumer'; did you mean 'summer'? allowed: early_spring, summer")]
    [InlineData("napkins: 2m", "menu.yaml:1:10: napkins: found '2m'; allowed: a number of images such as 64000, 200k or 1.5M")]
    [InlineData("prices: 4", "menu.yaml:1:9: prices: found '4'; allowed: a list in brackets, each a whole number from 1")]
    [InlineData("prices: [4, 0]", "menu.yaml:1:13: prices[1]: found '0'; allowed: a whole number from 1")]
    [InlineData("prices: []", "menu.yaml:1:9: prices: found a list of 0; allowed: a list of at least 1")]
    [InlineData("starter: { kind: hot-salad, dressing: { kind: oil, range: { from: 3 } } }",
        "menu.yaml:1:67: starter.dressing.range.from: found '3'; allowed: less than to")]
    [InlineData("guests: 4\nseed: 1\nguests: 4", "menu.yaml:3:1: guests: found the key a second time (first in line 1); allowed: once")]
    [InlineData("? [a]\n: 1", "menu.yaml:1:3: found a list as a key; allowed: a name")]
    [InlineData("", "menu.yaml:1:1: found an empty file; allowed: " + Keys)]
    [InlineData("# nothing\n", "menu.yaml:2:1: found an empty file; allowed: " + Keys)]
    [InlineData("lunch", "menu.yaml:1:1: found 'lunch'; allowed: a mapping with the keys " + Keys)]
    [InlineData("guests: 4\n---\nguests: 5", "menu.yaml:2:1: found a second document; allowed: one document in a file")]
    [InlineData("title: !!binary aGk=", "menu.yaml:1:8: title: found the tag tag:yaml.org,2002:binary; allowed: plain values")]
    [InlineData("prices: [1, 2", "menu.yaml:2:1: bad YAML: While parsing a flow sequence, did not find expected ',' or ']'")]
    [InlineData("guests: 4\n  seed: 1", "menu.yaml:2:7: bad YAML: While scanning a plain scalar value, found invalid mapping")]
    [InlineData("guests: @4", "menu.yaml:1:9: bad YAML: While scanning for the next token, found character that cannot start any token")]
    public void A_mistake_is_told_with_its_place_what_was_found_and_what_is_allowed(string text, string problem) => Fails(text, problem);

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file()
    {
        const string Text =
            """
            kitchen:
              heat: cold
              oven: 1
            starter: { kind: soup, spoons: 10 }
            guests: 0
            """;
        Fails(
            Text,
            [ConfigOverride.Parse("season=autumn"), ConfigOverride.Parse("starter.salt=101")],
            "menu.yaml:2:9: kitchen.heat: found 'cold'; allowed: a number from 0",
            "menu.yaml:3:3: kitchen.oven: found an unknown key; did you mean 'open'? allowed: open, heat",
            "menu.yaml:4:32: starter.spoons: found '10'; allowed: a whole number from 1 to 9",
            "menu.yaml:5:9: guests: found '0'; allowed: a whole number from 1 to 64",
            "--set season: found 'autumn'; allowed: early_spring, summer",
            "--set starter.salt: found '101'; allowed: a number from 0 to 100");
    }

    [Fact]
    public void A_required_key_must_be_written()
    {
        var error = Assert.Throws<ConfigException>(() => ConfigReader.Read<Order>("portions: 0", "order.yaml"));
        Assert.Equal(
            [
                "order.yaml:1:1: dish: found nothing; allowed: text",
                "order.yaml:1:11: portions: found '0'; allowed: a whole number from 1 to 9",
            ],
            error.Problems);
        error = Assert.Throws<ConfigException>(() => ConfigReader.Read<Order>("dish: ''", "order.yaml"));
        Assert.Equal(["order.yaml:1:7: dish: found ''; allowed: text"], error.Problems);
    }

    [Fact]
    public void Endless_nesting_is_refused()
    {
        var text = $"prices: {new string('[', 5000)}";
        Fails(text, "menu.yaml:1:41: bad YAML: nested deeper than 32 levels");
    }

    private const string Keys =
        "title, guests, seed, outdoors, season, napkins, discount, note, recipes, prices, guard, starter, mains, kitchen";

    private static Menu Read(string text) => ConfigReader.Read<Menu>(text, "menu.yaml");

    private static void Fails(string text, params string[] problems) => Fails(text, [], problems);

    private static void Fails(string text, ConfigOverride[] overrides, params string[] problems) =>
        Assert.Equal(problems, Assert.Throws<ConfigException>(() => ConfigReader.Read<Menu>(text, "menu.yaml", overrides)).Problems);
}
