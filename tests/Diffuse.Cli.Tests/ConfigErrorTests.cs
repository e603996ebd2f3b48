using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class ConfigErrorTests
{
    [Fact]
    public void Every_mistake_of_a_config_and_of_the_command_line_is_told_at_once_before_anything_is_made()
    {
        using var folder = new TemporaryFolder();
        folder.File(
            "my.yaml",
            """
            sede: 1
            training:
              batch: many
              duration: 25 minutes
            sampling:
              sampler: ddmi
            """);
        var errors = Shell.Run(["train", "--config", "my.yaml", "--set", "sampling.steps=0"], folder.Path).Failed(2).Errors;
        Assert.Equal(5, errors.Count);
        Assert.StartsWith("error: my.yaml:1:1: sede: found an unknown key; did you mean 'seed'? allowed: name, seed, ", errors[0]);
        Assert.Equal("error: my.yaml:3:10: training.batch: found 'many'; allowed: a whole number from 1 to 1048576", errors[1]);
        Assert.StartsWith("error: my.yaml:4:13: training.duration: found '25 minutes'; allowed: a time above 0 such as 25m", errors[2]);
        Assert.StartsWith("error: my.yaml:6:12: sampling.sampler: found the unknown kind 'ddmi'; did you mean 'ddim'? allowed", errors[3]);
        Assert.Equal("error: --set sampling.steps: found '0'; allowed: a whole number from 1 to 1000000", errors[4]);
        Assert.Equal(["my.yaml"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("training: [", "error: my.yaml:2:1: bad YAML: While parsing a node, did not find expected node content")]
    [InlineData("", "error: my.yaml:1:1: found an empty file; allowed: name, seed, ")]
    [InlineData("seed: 1\nseed: 2", "error: my.yaml:2:1: seed: found the key a second time (first in line 1); allowed: once")]
    [InlineData("device: gpu", "error: my.yaml:1:9: device: found 'gpu'; allowed: auto, cpu, cuda, or cuda:1 for the second GPU")]
    [InlineData("batch: 64", "error: my.yaml:1:1: batch: found an unknown key; did you mean 'training.batch'? allowed: ")]
    public void A_config_that_is_not_understood_is_told_with_its_place(string text, string error)
    {
        using var folder = new TemporaryFolder();
        folder.File("my.yaml", text);
        Assert.StartsWith(error, Assert.Single(Shell.Run(["train", "--config", "my.yaml"], folder.Path).Failed(2).Errors));
    }

    [Fact]
    public void A_config_file_that_does_not_exist_is_told_with_the_one_that_was_meant()
    {
        using var folder = new TemporaryFolder();
        folder.File("quickstart.yaml", "seed: 1");
        Assert.Equal(
            ["error: qiuckstart.yaml: there is no such file; did you mean 'quickstart.yaml'?"],
            Shell.Run(["train", "--config", "qiuckstart.yaml"], folder.Path).Failed(2).Errors);
    }
}
