using System.Text.Json;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>Drawn images against real ones.</summary>
public sealed class SampleMetricsTests
{
    [Fact]
    public void Drawn_images_are_measured_in_the_features_of_a_classifier_of_ones_own()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        Assert.Contains("no run in runs is a classifier", tiny.Run("eval", "--samples", "12").Failed(2).Error);
        var judge = tiny.Judge();
        var metrics = Metrics(tiny.Run("eval", "--run", "0", "--samples", "12", "--json").Succeeded());
        foreach (var name in (string[])["loss", "fd[classifier judge]", "kd[classifier judge]", "precision[classifier judge]", "is[classifier judge]", "class read[classifier judge]", "copies in pixels", "copies in pixels of held-out images", "copies in classifier judge"])
        {
            Assert.Contains(name, metrics.Keys);
        }

        // What was drawn is compared with itself: no distance, and nothing but copies.
        var drawn = Assert.Single(Directory.GetDirectories(Path.Combine(tiny.Path0, "eval")));
        Assert.Equal(12, Directory.GetFiles(drawn, "*.png").Length);
        Directory.Delete(Path.Combine(drawn, "sheets"), recursive: true);
        var same = Metrics(tiny.Run("eval", "--images", drawn, "--against", drawn, "--features", judge, "--json").Succeeded());
        Assert.Equal(0, same["fd[classifier judge]"], 1e-6);
        Assert.Equal(1, same["precision[classifier judge]"]);
        Assert.Equal(1, same["copies in pixels"]);
    }

    [Fact]
    public void What_cannot_be_compared_is_said_in_one_message()
    {
        using var tiny = new TinyRun();
        var judge = tiny.Judge();
        Assert.Contains("--features: missing", tiny.Run("eval", "--images", TinyRun.Garments, "--against", TinyRun.Garments).Failed(2).Error);
        Assert.Contains("--features: found neither", tiny.Run("eval", "--features", judge).Failed(2).Error);
        Assert.Contains("--images: found without --against", tiny.Run("eval", "--images", TinyRun.Garments).Failed(2).Error);
        Assert.Contains("nowhere does not exist", tiny.Run("eval", "--images", "nowhere", "--against", TinyRun.Garments, "--features", judge).Failed(2).Error);
        Assert.Contains("draws no images", tiny.Run("eval", "--samples", "12").Failed(2).Error);
        File.WriteAllText(Path.Combine(tiny.Folder, "inception.safetensors"), "not one");
        Assert.Contains(
            "allowed: pytorch-fid's Inception weights",
            tiny.Run("eval", "--images", TinyRun.Garments, "--against", TinyRun.Garments, "--features", "inception.safetensors").Failed(2).Error);
    }

    private static Dictionary<string, double> Metrics(CliResult result)
    {
        using var report = JsonDocument.Parse(result.Output);
        return report.RootElement.GetProperty("metrics").EnumerateArray()
            .ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").ValueKind == JsonValueKind.Number ? metric.GetProperty("value").GetDouble() : double.NaN);
    }
}
