using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Tests.Configuration;

public sealed class ConfigWriterTests
{
    [Fact]
    public void Every_default_is_written_in_the_order_of_declaration() => Assert.Equal(
        """
        title: lunch
        guests: 4
        seed: 0
        outdoors: false
        season: early_spring
        napkins: 12k
        discount: null
        note: null
        recipes: null
        prices: [3, 5]
        guard: []
        starter:
          kind: soup
          salt: 0.5
          spoons: 2
        mains: []
        kitchen:
          open: 25m
          heat: 180

        """,
        ConfigWriter.Write(new Menu()));

    [Fact]
    public void Members_of_families_are_written_with_their_kind_and_those_without_keys_as_the_bare_kind()
    {
        var text = ConfigWriter.Write(new Menu { Mains = [new HotSalad(), new Soup()], Starter = new HotSalad { Dressing = new Oil() } });
        Assert.Contains(
            """
            starter:
              kind: hot-salad
              salt: 0.5
              vinegar: 1.0e-05
              dressing:
                kind: oil
                range:
                  from: 1
                  to: 2
            mains:
            - kind: hot-salad
              salt: 0.5
              vinegar: 1.0e-05
              dressing: plain
            - kind: soup

            """.TrimEnd(),
            text);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("true")]
    [InlineData("12")]
    [InlineData("#fff")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("it's \"so\"")]
    [InlineData("C:\\data\\x")]
    [InlineData("two\nlines\tand a tab ")]
    [InlineData("- x")]
    [InlineData("[x]")]
    [InlineData("*x")]
    [InlineData("caf\u00e9 \ud83d\ude00")]
    [InlineData("a very long text that no writer should fold because it stands on one line of the file and has more than eighty letters")]
    public void Any_text_is_read_back(string text)
    {
        var menu = new Menu { Title = text, Note = text, Guard = [text, text] };
        var read = Read(ConfigWriter.Write(menu));
        Assert.Equal((text, text), (read.Title, read.Note));
        Assert.Equal(menu.Guard, read.Guard);
    }

    [Fact]
    public void What_is_written_is_read_back_equal_whatever_the_values()
    {
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var menu = new Menu
            {
                Guests = random.Next(1, 65),
                Seed = random.NextInt64(long.MinValue, long.MaxValue),
                Outdoors = random.Next(2) == 0,
                Discount = random.NextDouble() is > 0.5 and var discount ? discount : double.Epsilon,
                Napkins = new ImageCount(random.NextInt64(0, long.MaxValue) >> random.Next(63)),
                Prices = [random.Next(1, int.MaxValue), 1],
                Starter = i % 2 == 0 ? new Soup { Salt = random.NextDouble() * 100 } : new HotSalad { Vinegar = -1 / random.NextDouble() },
                Kitchen = new Kitchen { Open = TrainingDuration.Of(TimeSpan.FromTicks(random.NextInt64(10_000_000, 1L << 50))) },
            };
            var read = Read(ConfigWriter.Write(menu));
            Assert.Equal(menu with { Prices = read.Prices, Guard = read.Guard, Mains = read.Mains }, read);
            Assert.Equal(menu.Prices, read.Prices);
            Assert.Equal(ConfigWriter.Write(menu), ConfigWriter.Write(read));
        }
    }

    private static Menu Read(string text) => ConfigReader.Read<Menu>(text, "menu.yaml");
}
