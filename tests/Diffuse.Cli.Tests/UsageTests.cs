using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("trian --config x.yaml", "error: unknown verb 'trian'; did you mean 'train'? allowed: train, sample, eval, export")]
    [InlineData("dance", "error: unknown verb 'dance'; allowed: train, sample, eval, export")]
    [InlineData("--quite", "error: unknown option '--quite'; did you mean '--quiet'?")]
    [InlineData("--verbose", "error: the verb is missing; allowed: train, sample, eval, export")]
    [InlineData("sample --stpes 50 --guidance 3", "error: unknown option '--stpes'; did you mean '--steps'?")]
    [InlineData("sample --stpes=50", "error: unknown option '--stpes'; did you mean '--steps'?")]
    [InlineData("sample --zzz", "error: unknown option '--zzz'")]
    [InlineData("sample --config x.yaml", "error: unknown option '--config'; it is an option of 'diffuse train'")]
    [InlineData("sample 50", "error: found '50'; allowed: options only")]
    [InlineData("sample --steps", "error: --steps: the value is missing: --steps N")]
    [InlineData("sample --steps 5 --steps 6", "error: --steps: given more than once")]
    public void A_word_that_is_not_understood_is_told_with_the_one_that_was_meant(string line, string error)
    {
        var result = Shell.Run(line.Split(' ')).Failed(2);
        Assert.Equal(error, result.Errors[0]);
        Assert.Matches("^'diffuse (sample )?--help' lists what there is$", Assert.Single(result.Errors.Skip(1)));
    }

    [Theory]
    [InlineData("train", "--config: missing; allowed: a YAML file such as configs/quickstart.yaml")]
    [InlineData("train --config x --max-time soon", "--max-time: found 'soon'; allowed: a time such as 25m, 1h30m or 90s")]
    [InlineData(
        "train --config x --set seed",
        "--set: found 'seed'; allowed: key=value such as training.batch=32 or network.channels=[32,64]")]
    [InlineData("sample --batch 0", "--batch: found '0'; allowed: a whole number from 1")]
    [InlineData("sample --seeds 9-0", "--seeds: found '9-0'; allowed: numbers and ranges such as 7, 0-63 or 1,2,5-10")]
    [InlineData("sample --seed 1,,2", "--seeds: found '1,,2'; allowed: numbers and ranges such as 7, 0-63 or 1,2,5-10")]
    [InlineData("sample --run 1 --model x", "--run and --model: found both; allowed: one of them")]
    [InlineData("sample --seeds 1 --count 2", "--seeds and --count: found both; allowed: one of them")]
    [InlineData("sample --encode a.png --seeds 1", "--encode and --seeds: found both; allowed: one of them")]
    [InlineData("sample --encode a.png --interpolate 1,2", "--encode and --interpolate: found both; allowed: one of them")]
    [InlineData("sample --interpolate 1,2 --count 3", "--interpolate and --count: found both; allowed: one of them")]
    [InlineData("sample --interpolate 1", "--interpolate: found '1'; allowed: two seeds or image files such as 3,7 or 3,cat.png")]
    [InlineData("sample --interpolate 1,2,3", "--interpolate: found '1,2,3'; allowed: two seeds or image files such as 3,7 or 3,cat.png")]
    [InlineData("sample --interpolate 1,2 --frames 1", "--frames: found '1'; allowed: a whole number from 2")]
    [InlineData("sample --frames 9", "--frames: found without --interpolate; allowed: with it only")]
    [InlineData("sample --seeds 1 --restore x.png", "--seeds and --restore: found both; allowed: one of them")]
    [InlineData(
        "sample --set network.channels=[32]",
        "--set network.channels: cannot change for a model that is trained; allowed: sampling, device, precision")]
    [InlineData("eval --count many", "--count: found 'many'; allowed: a whole number from 1")]
    public void A_value_that_cannot_be_is_told_with_what_is_allowed(string line, string error) =>
        Assert.Equal(["error: " + error], Shell.Run(line.Split(' ')).Failed(2).Errors);

    [Fact]
    public void All_wrong_values_are_told_at_once() => Assert.Equal(
        [
            "error: --set: found 'x'; allowed: key=value such as training.batch=32 or network.channels=[32,64]",
            "error: --batch: found 'y'; allowed: a whole number from 1",
        ],
        Shell.Run(["eval", "--batch", "y", "--set", "x"]).Failed(2).Errors);

    [Fact]
    public void A_file_of_arguments_is_not_read() =>
        Assert.Equal("error: found '@args.txt'; allowed: options only", Shell.Run(["eval", "@args.txt"]).Failed(2).Errors[0]);
}
