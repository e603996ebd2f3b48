using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class UnclipTests
{
    [Fact]
    public void A_caption_becomes_an_embedding_and_an_embedding_an_image()
    {
        using var tiny = new TinyRun();
        var data = Captioned(tiny);
        string Train(string name, string more, int resolution = 16)
        {
            File.WriteAllText(Path.Combine(tiny.Folder, name + ".yaml"), $$"""
                precision: fp32
                data: { path: '{{data}}', resolution: {{resolution}}, channels: 3, held_out: 4, labels: false, flip: true }
                {{more}}
                training: { duration: 32, batch: 8, checkpoint_every: 32, sample_every: 32, validate_every: 32, log_every: 8 }
                """);
            return Path.Combine(tiny.Folder, tiny.Run("train", "--config", name + ".yaml").Succeeded().Output.Trim());
        }

        var clip = Train("clip", """
            network: { kind: clip, embedding: 16, patch: 8, width: 16, layers: 1, heads: 2, text: { width: 16, layers: 1, heads: 2 } }
            objective: { kind: contrastive, tokenizer: { vocabulary: 520, length: 12 } }
            """);
        var prior = Train("prior", $$"""
            latents: { kind: clip, model: '{{clip}}' }
            parameterization: x0
            conditions: [ { kind: clip-text, model: '{{clip}}' } ]
            network: { kind: prior, width: 16, layers: 1, heads: 2 }
            sampling: { steps: 3, guidance: 2 }
            """);
        Assert.Contains("draws image embeddings, not images", tiny.Run("sample", "--run", prior).Failed(2).Error);
        Assert.Matches("loss .* mse +4", tiny.Run("eval", "--run", prior).Succeeded().Output);
        Assert.Contains("draws image embeddings", tiny.Run("eval", "--run", prior, "--samples", "32").Failed(2).Error);

        var decoder = Train("decoder", $$"""
            conditions: [ { kind: image-embedding, model: '{{clip}}' } ]
            network: { kind: unet, channels: [8], blocks: 1, attention_levels: [], middle_attention: false, groups: 4 }
            sampling: { steps: 3, guidance: 2, count: 4 }
            """);
        var upsampler = Train("upsampler", """
            conditions: [ { kind: low-resolution, factor: 2 } ]
            network: { kind: unet, channels: [8], blocks: 1, attention_levels: [], middle_attention: false, groups: 4 }
            sampling: { steps: 3 }
            """, resolution: 32);

        // Copies of the CLIP are in the checkpoints.
        Directory.Delete(clip, recursive: true);
        var drawn = tiny.Run("sample", "--run", decoder, "--set", $"sampling.prior={prior}", "--prompt", "red square", "--prompt", "blue square", "--out", "drawn").Succeeded();
        Assert.Equal(5, Directory.GetFiles(Path.Combine(tiny.Folder, "drawn"), "*.png").Length);
        var image = Path.Combine(data, "00.png");
        tiny.Run("sample", "--run", decoder, "--image", image, "--out", "variations").Succeeded();
        Assert.Equal(5, Directory.GetFiles(Path.Combine(tiny.Folder, "variations"), "*.png").Length);
        tiny.Run("sample", "--run", decoder, "--image", image, "--count", "1", "--set", $"sampling.upsampler={upsampler}", "--out", "large").Succeeded();
        Assert.Equal(32, File.ReadAllBytes(Path.Combine(tiny.Folder, "large", "000000.png"))[19]); // the width in the header
        tiny.Run("sample", "--run", decoder, "--interpolate", $"{image},{Path.Combine(data, "01.png")}", "--frames", "3", "--out", "way").Succeeded();
        Assert.Equal(4, Directory.GetFiles(Path.Combine(tiny.Folder, "way"), "*.png").Length);
        tiny.Run("sample", "--run", decoder, "--encode", image, "--out", "encoded").Succeeded();
        Assert.Matches("loss .* mse +4", tiny.Run("eval", "--run", decoder).Succeeded().Output);

        Assert.Contains("name an image to vary, or give --prompt", tiny.Run("sample", "--run", decoder).Failed(2).Error);
        Assert.Contains("allowed: one of them says what is drawn", tiny.Run("sample", "--run", decoder, "--image", image, "--prompt", "red").Failed(2).Error);
        Assert.Contains("draws no embeddings of the CLIP", tiny.Run("sample", "--run", decoder, "--prompt", "red", "--set", $"sampling.prior={decoder}").Failed(2).Error);
        Assert.Contains("does not enlarge images of 32x32x3", tiny.Run("sample", "--run", upsampler, "--image", image, "--set", $"sampling.upsampler={upsampler}").Failed(2).Error);
    }

    /// <summary>Twenty-four squares with their colours as captions.</summary>
    internal static string Captioned(TinyRun tiny)
    {
        var folder = Directory.CreateDirectory(Path.Combine(tiny.Folder, "squares")).FullName;
        var lines = new List<string>();
        for (var i = 0; i < 24; i++)
        {
            var pixels = new byte[16 * 16 * 3];
            for (var at = i % 3; at < pixels.Length; at += 3)
            {
                pixels[at] = (byte)(255 - 3 * i);
            }

            var name = $"{i:D2}.png";
            Diffuse.Imaging.Png.Save(Path.Combine(folder, name), new Diffuse.Imaging.Raster(16, 16, 3, pixels));
            lines.Add($$"""{"file_name": "{{name}}", "text": "{{new[] { "red", "green", "blue" }[i % 3]}} square {{i / 3}}"}""");
        }

        File.WriteAllLines(Path.Combine(folder, "metadata.jsonl"), lines);
        return folder;
    }
}
