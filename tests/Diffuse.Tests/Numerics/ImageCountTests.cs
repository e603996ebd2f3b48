using Diffuse.Numerics;

namespace Diffuse.Tests.Numerics;

public sealed class ImageCountTests
{
    [Theory]
    [InlineData("0", 0, "0")]
    [InlineData("64", 64, "64")]
    [InlineData("64000", 64_000, "64k")]
    [InlineData("12.8k", 12_800, "12.8k")]
    [InlineData("200K", 200_000, "200k")]
    [InlineData("1.5M", 1_500_000, "1.5M")]
    [InlineData("1234567", 1_234_567, "1234567")]
    [InlineData("0.5k", 500, "500")]
    [InlineData("9223372036854775807", long.MaxValue, "9223372036854775807")]
    public void A_count_is_read_and_written_in_the_shortest_exact_form(string text, long count, string shortest)
    {
        Assert.Equal(count, ImageCount.Parse(text).Value);
        Assert.Equal(shortest, ImageCount.Parse(text).ToString());
        Assert.Equal(count, ImageCount.Parse(shortest).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("1.0005k")]
    [InlineData("25m")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData("9223372036854775808")]
    [InlineData("9999999999999999M")]
    public void Anything_else_is_refused_with_examples(string text)
    {
        var error = Assert.Throws<FormatException>(() => ImageCount.Parse(text));
        Assert.Equal("a number of images such as 64000, 200k or 1.5M", error.Message);
    }
}
