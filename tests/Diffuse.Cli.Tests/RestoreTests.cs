using System.Text.Json;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

public sealed class RestoreTests
{
    private static readonly string[] cold =
    [
        "--set", "process={kind: mask, steps: 4, std: 1, start_components: 2}", "--set", "parameterization=x0", "--set", "sampling.sampler=cold",
        "--set", "evaluation=[{kind: validation-loss, bins: 2, images: 16}]",
    ];

    [Fact]
    public void A_model_of_a_degradation_draws_restores_and_is_measured()
    {
        using var tiny = new TinyRun();
        tiny.Train(cold).Succeeded();
        Assert.True(File.Exists(Path.Combine(tiny.Path0, "checkpoints", "step-00000008", "process", "diffusion_pytorch_model.safetensors")));
        tiny.Run("sample", "--out", "drawn").Succeeded();
        tiny.Run("sample", "--out", "again", "--batch", "1").Succeeded();
        Assert.Equal(File.ReadAllBytes(Path.Combine(tiny.Folder, "drawn", "000002.png")), File.ReadAllBytes(Path.Combine(tiny.Folder, "again", "000002.png")));

        var output = tiny.Run("sample", "--restore", "drawn", "--count", "3", "--out", "restored").Succeeded().Output;
        Assert.StartsWith(Path.Combine("restored", "grid.png"), output);
        foreach (var metric in (string[])["PSNR degraded", "PSNR direct", "PSNR restored", "RMSE degraded", "RMSE direct", "RMSE restored"])
        {
            Assert.Contains(metric, output);
        }

        Assert.Equal(
            ["000000.png", "000001.png", "000002.png", "grid.png"],
            Directory.GetFiles(Path.Combine(tiny.Folder, "restored")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        using var json = JsonDocument.Parse(tiny.Run("sample", "--restore", "drawn/000001.png", "--class", "trouser,3", "--steps", "2", "--json").Succeeded().Output);
        Assert.Equal("drawn/000001.png", json.RootElement.GetProperty("images")[0].GetProperty("original").GetString());
        Assert.Equal(6, json.RootElement.GetProperty("metrics").GetArrayLength());
        Assert.Contains("loss", tiny.Run("eval").Succeeded().Output);
    }

    [Fact]
    public void What_cannot_be_restored_is_told()
    {
        using var tiny = new TinyRun();
        tiny.Train(cold).Succeeded();
        Assert.Equal(
            ["error: --restore: found 'nowhere', which is no file and no folder; allowed: an image, or a folder of images"],
            tiny.Run("sample", "--restore", "nowhere").Failed(2).Errors);
        Directory.CreateDirectory(Path.Combine(tiny.Folder, "empty"));
        Assert.StartsWith("error: --restore: empty holds no images; allowed: ", Assert.Single(tiny.Run("sample", "--restore", "empty").Failed(2).Errors));
        File.WriteAllText(Path.Combine(tiny.Folder, "no.png"), "no picture");
        Assert.StartsWith("error: --restore: no.png", Assert.Single(tiny.Run("sample", "--restore", "no.png").Failed(2).Errors));
        Assert.StartsWith("error: sampler ddim needs a process that adds Gaussian noise", Assert.Single(tiny.Run("sample", "--sampler", "ddim").Failed(2).Errors));
        Assert.StartsWith("error: 9 sampling steps of a process of 4", Assert.Single(tiny.Run("sample", "--steps", "9").Failed(2).Errors));
    }

    [Fact]
    public void A_model_of_noise_does_not_restore()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        Assert.Contains("its noise leaves nothing of an image", Assert.Single(tiny.Run("sample", "--restore", "x.png").Failed(2).Errors));
    }
}
