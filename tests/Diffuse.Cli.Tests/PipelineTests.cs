using System.Text.Json.Nodes;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class PipelineTests
{
    [Fact]
    public void A_model_of_captions_in_latents_is_a_pipeline_of_diffusers()
    {
        using var tiny = new TinyRun();
        var data = UnclipTests.Captioned(tiny);
        string Train(string name, string more, params string[] options)
        {
            File.WriteAllText(Path.Combine(tiny.Folder, name + ".yaml"), $$"""
                precision: fp32
                data: { path: '{{data}}', resolution: 16, channels: 3, held_out: 4, labels: false }
                {{more}}
                training: { duration: 32, batch: 8, checkpoint_every: 32, sample_every: 0, validate_every: 0, log_every: 8 }
                """);
            return Path.Combine(tiny.Folder, tiny.Run(["train", "--config", name + ".yaml", .. options]).Succeeded().Output.Trim());
        }

        var autoencoder = Train("ae", """
            network: { kind: autoencoder, channels: [8, 8], groups: 4, latent_channels: 4 }
            objective: autoencoding
            """);
        var run = Train("words", $$"""
            latents: { kind: autoencoder, model: '{{autoencoder}}' }
            conditions: [ { kind: caption, pooled: false, tokenizer: { vocabulary: 520, length: 8 }, encoder: { width: 16, layers: 1, heads: 2 } } ]
            network: { kind: unet, channels: [8, 16], blocks: 1, head_size: 8, groups: 4 }
            """);
        string[] asked = ["--steps", "3", "--guidance", "2", "--seeds", "0-1", "--prompt", "red square"];
        tiny.Run(["sample", "--run", run, "--out", "own", .. asked]).Succeeded();

        Assert.Equal("exported", tiny.Run("export", "--run", run, "--out", "exported", "--shard", "20kB").Succeeded().Output.Trim());
        var index = JsonNode.Parse(File.ReadAllText(Path.Combine(tiny.Folder, "exported", "model_index.json")))!;
        Assert.Equal("StableDiffusionPipeline", (string?)index["_class_name"]);
        Assert.True(Directory.GetFiles(Path.Combine(tiny.Folder, "exported", "unet"), "*-of-*.safetensors").Length > 1);

        // Without our own file it is a folder of diffusers like any other.
        File.Delete(Path.Combine(tiny.Folder, "exported", "diffuse.json"));
        File.Delete(Path.Combine(tiny.Folder, "exported", "manifest.json"));
        tiny.Run(["sample", "--model", "exported", "--out", "theirs", "--set", "precision=fp32", .. asked]).Succeeded();
        foreach (var image in new[] { "000000.png", "000001.png" })
        {
            Assert.Equal(SteeringTests.Image(tiny, Path.Combine("own", image)), SteeringTests.Image(tiny, Path.Combine("theirs", image)));
        }

        // It can be trained on, and so can what comes of that.
        var more = Train("more", "model: { from: exported }");
        Assert.Contains("kind: published", File.ReadAllText(Path.Combine(more, "config.yaml")));
        Directory.Delete(Path.Combine(tiny.Folder, "exported"), recursive: true);
        tiny.Run(["sample", "--run", more, "--out", "more-images", .. asked]).Succeeded();
        var still = Train("still", $"model: {{ from: '{more}' }}");
        tiny.Run(["sample", "--run", still, "--out", "still-images", .. asked]).Succeeded();

        tiny.Run("export", "--run", still, "--out", "half", "--weights", "fp16").Succeeded();
        var (small, large) = (Size("half"), Size(Path.Combine("runs", Path.GetFileName(still), "checkpoints", "step-00000004")));
        Assert.InRange((double)small / large, 0.45, 0.65);
        tiny.Run(["sample", "--model", "half", "--out", "half-images", .. asked]).Succeeded();
        Assert.Contains("exists and is not overwritten", tiny.Run("export", "--run", still, "--out", "half").Failed(2).Error);
        Assert.Contains("--weights: found 'int8'; allowed: fp32, fp16, bf16", tiny.Run("export", "--out", "x", "--weights", "int8").Failed(2).Error);
        Assert.Contains("--shard: found '2'; allowed: a size such as 2GB", tiny.Run("export", "--out", "x", "--shard", "2").Failed(2).Error);
        Assert.Contains("conditions: found with model.from, which decides it", tiny.Run("train", "--config", "more.yaml", "--new", "--set", $"model.from={still}", "--set", "conditions=[class]").Failed(2).Error);

        var plain = Train("plain", $$"""
            latents: { kind: autoencoder, model: '{{autoencoder}}' }
            network: { kind: unet, channels: [8, 16], blocks: 1, head_size: 8, groups: 4 }
            """);
        Assert.Equal("""{"folder":"plain","pipeline":"LDMPipeline"}""", tiny.Run("export", "--run", plain, "--out", "plain", "--json").Succeeded().Output.Trim().Replace("\n", "").Replace(" ", ""));
        Assert.True(File.Exists(Path.Combine(tiny.Folder, "plain", "vqvae", "config.json")));

        long Size(string folder) => new[] { "unet", "vae", "text_encoder" }.Sum(part =>
            Directory.GetFiles(Path.Combine(tiny.Folder, folder, part), "*.safetensors").Sum(file => new FileInfo(file).Length));
    }
}
