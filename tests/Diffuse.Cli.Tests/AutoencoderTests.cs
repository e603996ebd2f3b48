using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class AutoencoderTests
{
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
}
