using System.Text.Json;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>The main job: train, sample, eval, one after the other without further arguments.</summary>
public sealed class VerbTests
{
    [Fact]
    public void A_model_is_trained_then_sampled_then_measured()
    {
        using var tiny = new TinyRun();
        Assert.Equal(Path.Combine("runs", "00000-tiny"), tiny.Train().Succeeded().Output.Trim());
        foreach (var file in (string[])["config.yaml", "log.txt", "metrics.jsonl", "reals.png", "checkpoints/step-00000008/diffuse.json",
            "checkpoints/step-00000008/model_index.json", "checkpoints/step-00000008/scheduler/scheduler_config.json",
            "checkpoints/step-00000008/unet/config.json", "checkpoints/step-00000008/unet/diffusion_pytorch_model.safetensors"])
        {
            Assert.True(File.Exists(Path.Combine(tiny.Path0, file)), file);
        }

        var grid = tiny.Run("sample", "--steps", "5", "--guidance", "3").Succeeded().Output.Trim();
        Assert.Equal(Path.Combine("runs", "00000-tiny", "generated", "00000", "grid.png"), grid);
        Assert.Equal(
            ["000000.png", "000001.png", "000002.png", "000003.png", "grid.png"],
            Directory.GetFiles(Path.Combine(tiny.Path0, "generated", "00000")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        using var report = JsonDocument.Parse(tiny.Run("eval", "--json").Succeeded().Output);
        var names = report.RootElement.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetProperty("name").GetString()).ToList();
        Assert.Contains("loss", names);
        Assert.Contains("variational bound", names);
        Assert.Contains("L_0", names);
    }

    [Fact]
    public void The_image_of_a_seed_does_not_depend_on_its_batch()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        tiny.Run("sample", "--seeds", "0-4", "--class", "trouser,7", "--batch", "5", "--out", "together").Succeeded();
        tiny.Run("sample", "--seeds", "3,2", "--class", "7,trouser", "--batch", "1", "--out", "alone").Succeeded();
        foreach (var file in (string[])["000002.png", "000003.png"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(tiny.Folder, "together", file)), File.ReadAllBytes(Path.Combine(tiny.Folder, "alone", file)));
        }
    }

    [Fact]
    public void A_checkpoint_is_a_model_folder_of_diffusers_and_gives_the_same_images_as_one()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        var foreign = Path.Combine(tiny.Folder, "foreign");
        var checkpoint = Path.Combine(tiny.Path0, "checkpoints", "step-00000008");
        foreach (var file in (string[])["scheduler/scheduler_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(foreign, file))!);
            File.Copy(Path.Combine(checkpoint, file), Path.Combine(foreign, file));
        }

        string[] settings = ["--seeds", "0-1", "--steps", "4", "--guidance", "1", "--set", "precision=fp32", "--set", "sampling.sampler={kind: ddim, recompute_noise: true}"];
        tiny.Run(["sample", "--model", foreign, "--out", "a", .. settings]).Succeeded();
        tiny.Run(["sample", "--model", checkpoint, "--out", "b", .. settings]).Succeeded();
        tiny.Run(["sample", "--model", tiny.Path0, "--out", "c", .. settings]).Succeeded(); // the run's folder, of which it is the newest
        Assert.Equal(Pixels(Path.Combine(tiny.Folder, "a", "000001.png")), Pixels(Path.Combine(tiny.Folder, "b", "000001.png")));
        Assert.Equal(Pixels(Path.Combine(tiny.Folder, "b", "000001.png")), Pixels(Path.Combine(tiny.Folder, "c", "000001.png")));
    }

    [Fact]
    public void A_dry_run_prints_the_plan_and_writes_nothing()
    {
        using var tiny = new TinyRun();
        var plan = tiny.Train("--dry-run").Succeeded().Output;
        Assert.Contains("learning_rate: ", plan);
        Assert.Contains("million parameters", plan);
        Assert.Contains("images a second", plan);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder, "runs")));
    }

    [Fact]
    public void A_profile_tells_parts_operators_and_what_the_convolutions_could_reach_and_writes_nothing()
    {
        using var tiny = new TinyRun();
        var profile = tiny.Train("--profile").Succeeded().Output;
        Assert.All(["data", "forward", "backward", "optimizer", "checkpoint", "other", "convolution_backward", "others"], name => Assert.Contains(name, profile));
        Assert.Matches(@"(?m)^fp32 +\d+\.\d +\d+ +\d+\.\d%", profile);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder, "runs")));
    }

    [Fact]
    public void With_gradient_checkpointing_training_goes_the_same_way()
    {
        var losses = new[] { false, true }.Select(checkpointing =>
        {
            using var tiny = new TinyRun();
            tiny.Train("--set", "network.dropout=0", "--set", $"training.gradient_checkpointing={(checkpointing ? "true" : "false")}").Succeeded();
            using var last = JsonDocument.Parse(File.ReadLines(Path.Combine(tiny.Path0, "metrics.jsonl")).Last());
            return last.RootElement.GetProperty("loss").GetDouble();
        }).ToList();
        Assert.InRange(losses[1], losses[0] * 0.9999, losses[0] * 1.0001);
    }

    [Fact]
    public void Ctrl_C_saves_a_checkpoint_and_the_same_command_ends_with_the_weights_of_an_undisturbed_run()
    {
        using var undisturbed = new TinyRun(duration: "640");
        undisturbed.Train().Succeeded();

        using var tiny = new TinyRun(duration: "640");
        using (var running = tiny.Start("train", "--config", "tiny.yaml"))
        {
            Assert.True(running.Says("images 64/", TimeSpan.FromMinutes(1)), running.Error);
            running.Interrupt();
            Assert.Equal(130, running.Wait(TimeSpan.FromMinutes(1)).ExitCode);
        }

        Assert.Contains("goes on from", tiny.Train().Succeeded().Error);
        Assert.Equal(undisturbed.Weights(), tiny.Weights());
    }

    [Fact]
    public void A_killed_run_ends_with_the_weights_of_an_undisturbed_one()
    {
        using var undisturbed = new TinyRun(duration: "640");
        undisturbed.Train().Succeeded();

        using var tiny = new TinyRun(duration: "640");
        foreach (var moment in (string[])["images 64/", "images 256/", "images 448/"])
        {
            using var running = tiny.Start("train", "--config", "tiny.yaml");
            Assert.True(running.Says(moment, TimeSpan.FromMinutes(1)), running.Error);
            running.Kill();
            running.Wait(TimeSpan.FromMinutes(1));
        }

        tiny.Train().Succeeded();
        Assert.Equal(undisturbed.Weights(), tiny.Weights());
    }

    /// <summary>A PNG's compressed pixels, without the texts that say where it comes from.</summary>
    private static byte[] Pixels(string file)
    {
        var bytes = File.ReadAllBytes(file);
        return bytes[bytes.AsSpan().IndexOf("IDAT"u8)..];
    }
}
