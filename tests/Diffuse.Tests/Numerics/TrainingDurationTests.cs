using Diffuse.Numerics;

namespace Diffuse.Tests.Numerics;

public sealed class TrainingDurationTests
{
    [Theory]
    [InlineData("25m", 1500, "25m")]
    [InlineData("90s", 90, "1m30s")]
    [InlineData("1h30m", 5400, "1h30m")]
    [InlineData("1.5h", 5400, "1h30m")]
    [InlineData("48h", 172_800, "48h")]
    [InlineData("1h5s", 3605, "1h5s")]
    [InlineData("1.5s", 1.5, "1.5s")]
    public void A_time_is_read_and_written_back(string text, double seconds, string written)
    {
        var duration = TrainingDuration.Parse(text);
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration.Time);
        Assert.Null(duration.Images);
        Assert.Equal(written, duration.ToString());
        Assert.Equal(duration, TrainingDuration.Parse(written));
    }

    [Fact]
    public void A_small_m_is_minutes_and_a_large_one_millions()
    {
        Assert.Equal(TimeSpan.FromMinutes(2), TrainingDuration.Parse("2m").Time);
        Assert.Equal(2_000_000, TrainingDuration.Parse("2M").Images?.Value);
        Assert.Equal("2M", TrainingDuration.Parse("2M").ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("0k")]
    [InlineData("25 m")]
    [InlineData("30m1h")]
    [InlineData("soon")]
    [InlineData("-5m")]
    [InlineData("99999999999h")]
    public void Anything_else_is_refused_with_examples(string text)
    {
        var error = Assert.Throws<FormatException>(() => TrainingDuration.Parse(text));
        Assert.Equal("a time above 0 such as 25m, 1h30m or 90s, or a number of images above 0 such as 200k or 1.5M", error.Message);
    }
}
