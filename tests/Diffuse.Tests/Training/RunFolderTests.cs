using Diffuse.Training;

namespace Diffuse.Tests.Training;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Root => temporary["runs"];

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void Runs_are_numbered_from_0_and_by_one_above_the_highest()
    {
        Assert.Equal("00000-first", Create("first"));
        Directory.CreateDirectory(Path.Combine(Root, "00041-copied"));
        Directory.CreateDirectory(Path.Combine(Root, "notes"));
        Assert.Equal("00042-second", Create("second"));
    }

    [Theory]
    [InlineData("Fashion MNIST / cond", "fashion-mnist-cond")]
    [InlineData("../up", "..-up")]
    [InlineData("v1.5", "v1.5")]
    [InlineData("???", "run")]
    public void Names_become_harmless_folder_names(string name, string slug) => Assert.Equal(slug, RunFolder.Slug(name));

    [Fact]
    public void Two_cannot_hold_one_run()
    {
        using var first = RunFolder.Create(Root, "x");

        Assert.Equal(
            $"{first.Path} is in use: another process is training in it", Assert.Throws<IOException>(() => RunFolder.Open(first.Path)).Message);
        first.Dispose();
        RunFolder.Open(first.Path).Dispose();
    }

    [Fact]
    public void A_run_that_is_not_there_is_said_to_be_missing() =>
        Assert.StartsWith("there is no run", Assert.Throws<DirectoryNotFoundException>(() => RunFolder.Open(temporary["nowhere"])).Message);

    [Fact]
    public void Runs_are_listed_from_the_newest_with_config_and_whether_they_are_finished()
    {
        foreach (var (name, images) in new[] { ("done", 100), ("half", 50), ("empty", -1) })
        {
            using var run = RunFolder.Create(Root, name);
            if (images >= 0)
            {
                run.WriteConfig($"name: {name}\n");
                new CheckpointFolder(run.Checkpoints).Write(images, writer => writer.Text(Counters.FileName, new Counters(images, images, 100, 1).ToJson()));
            }
        }

        var runs = RunFolder.List(Root);

        Assert.Equal(["empty", "half", "done"], runs.Select(run => run.Name));
        Assert.Equal([false, false, true], runs.Select(run => run.IsFinished));
        Assert.Equal([null, "name: half\n", "name: done\n"], runs.Select(run => run.Config));
        Assert.Equal([2, 1, 0], runs.Select(run => run.Number));
    }

    [Fact]
    public void Where_there_is_no_folder_there_are_no_runs() => Assert.Empty(RunFolder.List(Root));

    [Fact]
    public void Grids_are_named_by_images()
    {
        using var run = RunFolder.Create(Root, "x");

        Assert.Equal(Path.Combine(run.Path, "samples", "000050000.png"), run.Samples(50_000));
    }

    private string Create(string name)
    {
        using var run = RunFolder.Create(Root, name);
        return Path.GetFileName(run.Path);
    }
}
