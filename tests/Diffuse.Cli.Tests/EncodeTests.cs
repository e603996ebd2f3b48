using System.Text.Json;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>Images into noise and back, and what lies between two.</summary>
public sealed class EncodeTests
{
    [Fact]
    public void Images_are_encoded_and_decoded_and_come_back_closer_with_more_steps()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        tiny.Run("sample", "--count", "2", "--out", "given").Succeeded();
        File.Delete(Path.Combine(tiny.Folder, "given", "grid.png"));

        var one = tiny.Run("sample", "--encode", Path.Combine("given", "000001.png"), "--steps", "100", "--out", "one").Succeeded();
        var lines = one.Output.TrimEnd().Split('\n');
        Assert.Equal(Path.Combine("one", "grid.png"), lines[0]);
        Assert.Matches(@"^given/000001\.png: [0-9.]+ dB$", lines[1].Replace('\\', '/'));
        Assert.True(File.Exists(Path.Combine(tiny.Folder, "one", "000000.png")));

        double Psnr(string steps) =>
            Json(tiny.Run("sample", "--encode", "given", "--steps", steps, "--json").Succeeded()).GetProperty("psnr").GetDouble();
        var (few, many) = (Psnr("5"), Psnr("200"));
        Assert.True(many > few && many > 15, $"{few} dB in 5 steps, {many} dB in 200");
    }

    [Fact]
    public void An_interpolation_begins_and_ends_with_the_images_of_its_seeds()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        var result = Json(tiny.Run(
            "sample", "--interpolate", "3,7", "--class", "2", "--frames", "5", "--batch", "2", "--out", "way", "--json").Succeeded());
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], result.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("share").GetDouble()));
        Assert.True(File.Exists(Path.Combine(tiny.Folder, "way", "strip.png")));
        tiny.Run("sample", "--seeds", "3,7", "--class", "2", "--guidance", "1", "--out", "ends").Succeeded();
        Assert.Equal(Pixels(tiny, "ends", "000003.png"), Pixels(tiny, "way", "frame-000.png"));
        Assert.Equal(Pixels(tiny, "ends", "000007.png"), Pixels(tiny, "way", "frame-004.png"));
        Assert.NotEqual(Pixels(tiny, "way", "frame-000.png"), Pixels(tiny, "way", "frame-002.png"));

        var strip = tiny.Run("sample", "--interpolate", $"{Path.Combine("way", "frame-000.png")},7", "--frames", "2", "--out", "mixed").Succeeded();
        Assert.Equal(Path.Combine("mixed", "strip.png"), strip.Output.Trim());
    }

    [Fact]
    public void What_cannot_be_encoded_is_told()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        Directory.CreateDirectory(Path.Combine(tiny.Folder, "empty"));
        string Error(params string[] args) => Assert.Single(tiny.Run(["sample", .. args]).Failed(2).Errors);
        Assert.Equal(
            "error: --encode: found 'no.png', which is no file and no folder; allowed: an image, or a folder of images", Error("--encode", "no.png"));
        Assert.Contains("holds no images", Error("--encode", "empty"));
        Assert.Contains("tiny.yaml: not a JPEG", Error("--encode", "tiny.yaml"));
        Assert.Equal(
            "error: --encode: sampler ddpm as configured cannot encode; allowed: one without noise, such as --sampler ddim",
            Error("--encode", "no.png", "--sampler", "ddpm"));
        Assert.Contains("--interpolate: sampler ddim as configured", Error("--interpolate", "1,2", "--set", "sampling.sampler.eta=1"));
        Assert.StartsWith("error: --class: found 'hat'", Error("--interpolate", "1,2", "--class", "hat"));
        Assert.StartsWith("error: --interpolate: found 'x.png'", Error("--interpolate", "1,x.png"));
    }

    private static JsonElement Json(CliResult result) => JsonDocument.Parse(result.Output).RootElement;

    /// <summary>A PNG's compressed pixels, without the texts that say where it comes from.</summary>
    private static byte[] Pixels(TinyRun tiny, string folder, string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(tiny.Folder, folder, file));
        return bytes[bytes.AsSpan().IndexOf("IDAT"u8)..];
    }
}
