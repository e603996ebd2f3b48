using System.Security.Cryptography;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>Systems of the literature, each trained, sampled and measured.</summary>
public sealed class SystemTests
{
    private static readonly string[] variational =
    [
        "--set", "process={kind: learned, learn_ends: true}", "--set", "parameterization=eps", "--set", "objective.loss=variational-continuous",
        "--set", "objective.times.stratified=true", "--set", "sampling.sampler=ddpm",
        "--set", "evaluation=[{kind: bits-per-dim, draws: 2, images: 8, steps: 50}]",
    ];

    public static TheoryData<string, string[]> Systems => new()
    {
        {
            "improved DDPM",
            [
                "--set", "parameterization=eps", "--set", "objective.loss=hybrid", "--set", "objective.times=second-moment",
                "--set", "sampling.sampler=ddpm", "--set", "sampling.grid=strided", "--set", "sampling.threshold={kind: dynamic, largest: 1.5}",
            ]
        },
        {
            "score matching",
            ["--set", "parameterization=eps", "--set", "objective.loss=sliced-score-matching", "--set", "sampling.threshold=none"]
        },
        {
            "other weights and norms",
            ["--set", "objective.loss={kind: simple, norm: huber, weight: p2}", "--set", "sampling.sampler.eta=0.5"]
        },
        { "variational diffusion", variational },
    };

    [Theory, MemberData(nameof(Systems))]
    public void A_system_trains_samples_and_is_measured(string system, string[] settings)
    {
        using var tiny = new TinyRun();
        Assert.True(tiny.Train(settings).Succeeded().Output.Length > 0, system);
        Assert.True(File.Exists(Path.Combine(tiny.Folder, tiny.Run("sample", "--steps", "6").Succeeded().Output.Trim())));
        Assert.Contains(" ", tiny.Run("eval").Succeeded().Output);
    }

    [Fact]
    public void A_learned_schedule_is_trained_kept_and_goes_on_exactly()
    {
        using var undisturbed = new TinyRun(duration: "640");
        undisturbed.Train(variational).Succeeded();
        using var tiny = new TinyRun(duration: "640");
        using (var running = tiny.Start(["train", "--config", "tiny.yaml", .. variational]))
        {
            Assert.True(running.Says("images 128/", TimeSpan.FromMinutes(1)), running.Error);
            running.Kill();
            running.Wait(TimeSpan.FromMinutes(1));
        }

        tiny.Train(variational).Succeeded();
        var weights = tiny.Weights();
        Assert.Contains(weights.Keys, file => file.StartsWith("process"));
        Assert.Equal(undisturbed.Weights(), weights);

        var first = Directory.GetDirectories(Path.Combine(tiny.Path0, "checkpoints")).Order(StringComparer.Ordinal).First();
        var schedule = Path.Combine("process", "diffusion_pytorch_model.safetensors");
        Assert.NotEqual(weights[schedule], Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(first, schedule)))));
    }
}
