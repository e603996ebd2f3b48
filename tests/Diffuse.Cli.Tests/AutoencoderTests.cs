using System.Text.Json.Nodes;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class AutoencoderTests
{
    [Fact]
    public void Diffusion_runs_in_the_latents_of_an_autoencoder()
    {
        using var tiny = new TinyRun();
        File.WriteAllText(Path.Combine(tiny.Folder, "ae.yaml"), $$"""
            precision: fp32
            data: { path: '{{TinyRun.Garments}}', resolution: 16, channels: 1, held_out: 16 }
            network: { kind: autoencoder, channels: [8, 8], groups: 4, latent_channels: 2 }
            objective: autoencoding
            training: { duration: 64, batch: 16, checkpoint_every: 64, sample_every: 0, validate_every: 0 }
            """);
        var autoencoder = tiny.Run("train", "--config", "ae.yaml").Succeeded().Output.Trim();
        string Config(string more) => $$"""
            precision: fp32
            data: { path: '{{TinyRun.Garments}}', resolution: 16, channels: 1, held_out: 16, flip: true }
            latents: { kind: autoencoder, model: '{{Path.Combine(tiny.Folder, autoencoder)}}' }
            network: { kind: unet, channels: [8, 16], blocks: 1, head_size: 8, groups: 4 }
            training: { duration: 128, batch: 16, checkpoint_every: 64, sample_every: 64, validate_every: 64, log_every: 16 }
            sampling: { steps: 3, guidance: 2, count: 4 }
            {{more}}
            """;
        File.WriteAllText(Path.Combine(tiny.Folder, "ldm.yaml"), Config(""));
        var run = tiny.Run("train", "--config", "ldm.yaml").Succeeded().Output.Trim();

        // What sees an image sees its latents.
        foreach (var (name, more) in new[] { ("enlarge", "low-resolution, factor: 2"), ("fill", "masked-image") })
        {
            File.WriteAllText(Path.Combine(tiny.Folder, name + ".yaml"), Config($"conditions: [{{ kind: {more} }}]"));
            tiny.Run("train", "--config", name + ".yaml").Succeeded();
        }

        // The checkpoint has all that it needs: the autoencoder's run may go.
        Directory.Delete(Path.Combine(tiny.Folder, autoencoder), recursive: true);
        tiny.Run("sample", "--run", run, "--out", "drawn").Succeeded();
        tiny.Run("sample", "--run", "2", "--image", "held-out", "--count", "2", "--out", "enlarged").Succeeded();
        tiny.Run("sample", "--run", "3", "--image", "held-out", "--mask", "drawn/000000.png", "--count", "2", "--out", "filled").Succeeded();
        Assert.Equal(5, Directory.GetFiles(Path.Combine(tiny.Folder, "drawn"), "*.png").Length);
        Assert.Matches("loss .* mse +16", tiny.Run("eval", "--run", run).Succeeded().Output);
        Assert.Matches("loss .* mse +16", tiny.Run("eval", "--run", "3").Succeeded().Output);
        Assert.Contains("bits-per-dim is of pixels, and the model works in latents", tiny.Run("eval", "--run", run, "--set", "evaluation=[bits-per-dim]").Failed(2).Error);
        Assert.DoesNotContain("model_index.json", Directory.GetFiles(Path.Combine(tiny.Folder, run, "checkpoints", "step-00000008")).Select(Path.GetFileName));

        File.WriteAllText(Path.Combine(tiny.Folder, "lost.yaml"), Config(""));
        Assert.Contains("no folder", tiny.Run("train", "--config", "lost.yaml").Failed(2).Error);
    }

    [Theory]
    [InlineData("", "AutoencoderKL")]
    [InlineData(", codebook: 16", "VQModel")]
    public void An_autoencoder_is_trained_shown_and_measured(string more, string type)
    {
        using var tiny = new TinyRun();
        File.WriteAllText(Path.Combine(tiny.Folder, "ae.yaml"), $$"""
            precision: fp32
            data: { path: '{{TinyRun.Garments}}', resolution: 12, channels: 1, held_out: 16 }
            network: { kind: autoencoder, channels: [8, 8], groups: 4, latent_channels: 2{{more}} }
            objective: { kind: autoencoding, adversary: { after: 64, channels: 8 } }
            training: { duration: 128, batch: 16, checkpoint_every: 64, sample_every: 64, validate_every: 64, log_every: 16 }
            """);
        var run = tiny.Run("train", "--config", "ae.yaml").Succeeded().Output.Trim();
        Assert.Contains($"\"_class_name\": \"{type}\"", File.ReadAllText(Path.Combine(tiny.Folder, run, "checkpoints", "step-00000008", "vae", "config.json")));
        Assert.True(File.Exists(Path.Combine(tiny.Folder, run, "samples", "000000128.png")));
        Assert.Matches(@"(?s)psnr +\d+\.\d+ +.* dB +16.*ssim", tiny.Run("eval").Succeeded().Output);
        Assert.Contains("objective autoencoding, which draws no images", tiny.Run("sample").Failed(2).Error);
    }

    [Fact]
    public void Reconstructions_are_compared_in_features_too()
    {
        using var tiny = new TinyRun();
        var judge = tiny.Judge();
        File.WriteAllText(Path.Combine(tiny.Folder, "ae.yaml"), $$"""
            precision: fp32
            data: { path: '{{TinyRun.Garments}}', resolution: 8, channels: 1, held_out: 64 }
            network: { kind: autoencoder, channels: [8, 8], groups: 4, latent_channels: 2 }
            objective: { kind: autoencoding, perceptual: { weight: 100, features: { kind: model, model: '{{judge}}' } } }
            training: { duration: 64, batch: 16, checkpoint_every: 64, sample_every: 0, validate_every: 0, log_every: 16 }
            evaluation: [ { kind: reconstruction, features: { kind: model, model: '{{judge}}' } } ]
            """);
        var perceived = tiny.Run("train", "--config", "ae.yaml").Succeeded();
        Assert.Matches(@"rfd\[classifier .*\] +\d", tiny.Run("eval").Succeeded().Output);
        var plain = tiny.Run("train", "--config", "ae.yaml", "--new", "--set", "objective.perceptual=null").Succeeded();
        Assert.True(Loss(perceived) > 2 * Loss(plain), "the features cost nothing");

        double Loss(CliResult run) => (double)JsonNode.Parse(File.ReadLines(Path.Combine(tiny.Folder, run.Output.Trim(), "metrics.jsonl")).First())!["loss"]!;
    }
}
