using Diffuse.Configuration;

namespace Diffuse.Tests.Configuration;

public sealed class DidYouMeanTests
{
    private static readonly string[] Words =
        ["train", "sample", "eval", "ddim", "ddpm", "eps", "cpu", "learning_rate", "--steps", "--seeds"];

    [Theory]
    [InlineData("trian", "train")]
    [InlineData("sampel", "sample")]
    [InlineData("ddmi", "ddim")]
    [InlineData("DDIM", "ddim")]
    [InlineData("learning-rate", "learning_rate")]
    [InlineData("learn", "learning_rate")]
    [InlineData("--setps", "--steps")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    [InlineData("a", null)]
    [InlineData("esp", "eps")]
    [InlineData("gpu", null)]
    public void The_nearest_word_is_offered_and_none_that_is_far(string typed, string? meant) =>
        Assert.Equal(meant, DidYouMean.Nearest(typed, Words));
}
