using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>What goes wrong for users: one clear message, the documented exit code, nothing lost.</summary>
public sealed class TroubleTests
{
    [Fact]
    public void An_empty_folder_of_images_is_told()
    {
        using var tiny = new TinyRun(Directory.CreateTempSubdirectory("diffuse-empty-").FullName);
        var error = Assert.Single(tiny.Train().Failed(2).Errors);
        Assert.StartsWith("error: ", error);
        Assert.Contains("diffuse-empty-", error);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder, "runs")));
    }

    [Fact]
    public void A_folder_of_corrupt_images_is_told_with_names()
    {
        using var folder = new TemporaryFolder();
        folder.File("a.png", "this is no picture");
        folder.File("b.jpg", "nor is this");
        using var tiny = new TinyRun(folder.Path);
        var error = tiny.Train("--set", "data.held_out=0").Failed(2).Errors.Last();
        Assert.Contains("can be read", error);
        Assert.Contains("a.png", error);
        Assert.Equal(["a.png", "b.jpg"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_told()
    {
        if (!Directory.Exists("/proc"))
        {
            return;
        }

        using var tiny = new TinyRun();
        Assert.Contains("/proc/", Assert.Single(tiny.Train("--runs", "/proc/runs").Failed(1).Errors));
    }

    [Fact]
    public void A_truncated_checkpoint_is_told_and_the_one_before_is_used()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        var weights = Path.Combine(tiny.Path0, "checkpoints", "step-00000008", "unet", "diffusion_pytorch_model.safetensors");
        using (var file = File.OpenWrite(weights))
        {
            file.SetLength(file.Length / 2);
        }

        var sampled = tiny.Run("sample", "--count", "1").Succeeded();
        Assert.Contains("step-00000008 is damaged", sampled.Error);
        Assert.Contains("step-00000004", sampled.Error);

        var named = tiny.Run("sample", "--model", Path.Combine("runs", "00000-tiny", "checkpoints", "step-00000008")).Failed(2);
        Assert.Contains("is not a whole checkpoint", Assert.Single(named.Errors));
    }

    [Fact]
    public void A_changed_config_is_refused_with_the_keys_that_differ_and_a_longer_duration_is_not()
    {
        using var tiny = new TinyRun();
        tiny.Train("--max-time", "1s", "--set", "training.duration=100k");
        var errors = tiny.Train("--set", "training.batch=32", "--set", "training.duration=100k").Failed(2).Errors;
        Assert.Equal("error: training.batch: 16 before, 32 now", errors[0]);
        Assert.Contains("--new", errors[1]);
        tiny.Train("--set", "training.duration=100k", "--max-time", "1s").Succeeded();
        Assert.Single(Directory.GetDirectories(Path.Combine(tiny.Folder, "runs")));
    }

    [Fact]
    public void Wrong_labels_wrong_steps_and_a_taken_folder_are_told()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        Assert.StartsWith("error: --class: found 'snaeker'; did you mean 'sneaker'? allowed: 0 to 9, or ", Assert.Single(tiny.Run("sample", "--class", "snaeker").Failed(2).Errors));
        Assert.StartsWith("error: --class: found '10'; allowed: 0 to 9", Assert.Single(tiny.Run("sample", "--class", "10").Failed(2).Errors));
        Assert.Contains("at most 1000", Assert.Single(tiny.Run("sample", "--steps", "1001").Failed(2).Errors));
        tiny.Run("sample", "--count", "1", "--out", "mine").Succeeded();
        Assert.Contains("is not overwritten", Assert.Single(tiny.Run("sample", "--count", "1", "--out", "mine").Failed(2).Errors));
    }

    [Fact]
    public void Without_a_run_it_is_told_how_to_train_one()
    {
        using var folder = new TemporaryFolder();
        Assert.StartsWith("error: there is no run in runs: train one", Assert.Single(Shell.Run(["sample"], folder.Path).Failed(2).Errors));
    }
}
