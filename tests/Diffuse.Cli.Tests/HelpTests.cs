using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    [InlineData]
    public void Without_a_verb_help_tells_how_to_begin(params string[] args)
    {
        var help = Shell.Run(args).Succeeded();
        Assert.Equal("", help.Error);
        Assert.Equal(
            """
            diffuse: train, sample and evaluate image diffusion models

            Examples:
              diffuse train --config configs/quickstart.yaml
                  a small model of garments in a few minutes
              diffuse sample --steps 50 --guidance 3
                  64 images of the newest run, and a grid of them
              diffuse eval
                  the newest run: loss by noise level, and bits per dimension
              diffuse export --out my-model
                  the newest run, as a pipeline of diffusers where one can be it

            Usage:
              diffuse VERB [options]

            Verbs:
              train   train a model as a config says; started again, it goes on where it stopped
              sample  draw images from a trained model
              eval    measure a trained model on images that it was not trained on
              export  write a model as a folder for diffusers, without what only training needs

            Options:
              --help, -h  this text; of one verb: diffuse VERB --help
              --version   the version
              --verbose   more on stderr, and the whole trace of an error
              --quiet     only warnings and errors on stderr
              --no-color  no colours (as does NO_COLOR)

            Exit codes:
              0    success
              1    failure
              2    bad usage or config; every problem is named
              3    training diverged
              130  interrupted; training saved a checkpoint first

            """,
            help.Output);
    }

    [Theory]
    [InlineData("train", "--config FILE", "--set KEY=VALUE", "--new", "--runs DIR", "--max-time TIME", "--dry-run", "--profile", "--desc NAME")]
    [InlineData(
        "sample", "--run DIR", "--model DIR", "--steps N", "--guidance S", "--sampler KIND", "--count N", "--class LIST",
        "--seeds, --seed LIST", "--encode IMAGE", "--interpolate A,B", "--frames N", "--restore IMAGE", "--batch N", "--out DIR", "--set KEY=VALUE", "--json", "x0 = x0_u + s (x0_c - x0_u)", "w is s - 1")]
    [InlineData("eval", "--run DIR", "--model DIR", "--count N", "--batch N", "--set KEY=VALUE", "--json")]
    public void Help_of_a_verb_has_examples_first_then_every_option_and_the_exit_codes(string verb, params string[] options)
    {
        var help = Shell.Run([verb, "--help"]).Succeeded().Output;
        Assert.StartsWith($"diffuse {verb}: ", help);
        Assert.All([.. options, "--verbose", "--quiet", "--no-color", "Exit codes:"], option => Assert.Contains(option, help));
        Assert.True(help.IndexOf("Examples:", StringComparison.Ordinal) < help.IndexOf("Options:", StringComparison.Ordinal));
        Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 100 && line.All(char.IsAscii), line));
        Assert.Equal(help, Shell.Run(["help", verb]).Output);
    }

    [Fact]
    public void The_version_is_told() => Assert.Matches(@"^diffuse \d+\.\d+\.\d+", Shell.Run(["--version"]).Succeeded().Output);
}
