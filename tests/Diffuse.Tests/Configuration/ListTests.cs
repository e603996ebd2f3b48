using Diffuse.Configuration;

namespace Diffuse.Tests.Configuration;

public sealed class ListTests
{
    private static readonly string[] Names = ["T-shirt/top", "Trouser", "Ankle boot", "3-4"];

    [Theory]
    [InlineData("7", new long[] { 7 })]
    [InlineData("0-3", new long[] { 0, 1, 2, 3 })]
    [InlineData("5, 1-2,5", new long[] { 5, 1, 2, 5 })]
    [InlineData("9223372036854775806-9223372036854775807", new[] { long.MaxValue - 1, long.MaxValue })]
    public void Numbers_and_ranges_keep_their_order(string text, long[] numbers) => Assert.Equal(numbers, NumberList.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("1,")]
    [InlineData("3-1")]
    [InlineData("-1")]
    [InlineData("1-2-3")]
    [InlineData("a")]
    [InlineData("0-9223372036854775807")]
    [InlineData("0-5000000,0-5000000")]
    public void What_is_no_list_or_endless_is_refused(string text) => Assert.Null(NumberList.Parse(text));

    [Theory]
    [InlineData("0-1,trouser", new[] { 0, 1, 1 })]
    [InlineData("Ankle boot, T-SHIRT/TOP", new[] { 2, 0 })]
    [InlineData("3-4", new[] { 3 })]
    public void Classes_are_named_or_numbered(string text, int[] labels) => Assert.Equal(labels, new ClassList(text).Labels(4, Names));

    [Fact]
    public void Every_class_that_the_model_does_not_know_is_told()
    {
        var error = Assert.Throws<ConfigException>(() => new ClassList("0,Trousr,4,2-9").Labels(4, Names));
        Assert.Equal(
            [
                "--class: found 'Trousr'; did you mean 'Trouser'? allowed: 0 to 3, or T-shirt/top, Trouser, Ankle boot, 3-4",
                "--class: found '4'; allowed: 0 to 3, or T-shirt/top, Trouser, Ankle boot, 3-4",
                "--class: found '2-9'; allowed: 0 to 3, or T-shirt/top, Trouser, Ankle boot, 3-4",
            ],
            error.Problems);
    }

    [Fact]
    public void An_unconditional_model_has_no_classes()
    {
        var error = Assert.Throws<ConfigException>(() => new ClassList("0").Labels(null, []));
        Assert.Equal("--class: the model was trained without labels; leave --class out", error.Message);
    }
}
