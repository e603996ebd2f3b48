using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;

namespace Diffuse.Tests.Data;

public sealed class DataOptionsTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var options = new DataOptions
        {
            Path = Path.GetFullPath("a b"), Kind = SourceName.Parse("zip"), Resolution = new(48, 64), Channels = 1, Fit = Fit.Pad,
            Filter = Filter.Box, Background = new Rgb(255, 0, 16), Flip = true, Labels = false, HeldOut = 100,
            OnCorrupt = OnCorrupt.Fail, CacheMb = 7, Workers = 3, Without = ["a b", "c"],
        };
        Assert.Equal(["a b", "c"], Again(options).Without);
        Assert.Equal(options with { Without = [] }, Again(options) with { Without = [] });
        var defaults = new DataOptions { Path = Path.GetFullPath("x") };
        Assert.Equal(defaults with { Without = [] }, Again(defaults) with { Without = [] });

        DataOptions Again(DataOptions written) => ConfigReader.Read<DataOptions>(ConfigWriter.Write(written), "config.yaml");
    }

    [Theory]
    [InlineData("resolution: 0", "a side such as 64, or height x width such as 48x64, in pixels from 1 to 4096")]
    [InlineData("resolution: 9999", "in pixels from 1 to 4096")]
    [InlineData("resolution: 4x4x4", "a side such as 64")]
    [InlineData("channels: 2", "allowed: 1, 3")]
    [InlineData("fit: stretch", "allowed: crop, pad")]
    [InlineData("background: black", "a colour such as '#ffffff'")]
    [InlineData("held_out: -1", "from 0")]
    [InlineData("on_corrupt: delete", "allowed: skip, fail")]
    [InlineData("kind: mnist", "allowed: auto, cifar, folder, idx, npz, zip")]
    [InlineData("filter: nearest", "allowed: lanczos, bicubic, bilinear, box")]
    public void A_value_out_of_range_is_told_what_is_allowed(string line, string allowed) =>
        Assert.Contains(allowed, Assert.Throws<ConfigException>(() => ConfigReader.Read<DataOptions>(line, "config.yaml")).Message);

    [Fact]
    public void Resolutions_are_written_as_they_are_read()
    {
        Assert.Equal(new Resolution(28, 28), Resolution.Parse("28"));
        Assert.Equal(new Resolution(48, 64), Resolution.Parse("48x64"));
        Assert.Equal("28", new Resolution(28, 28).ToString());
        Assert.Equal("48x64", new Resolution(48, 64).ToString());
    }
}
