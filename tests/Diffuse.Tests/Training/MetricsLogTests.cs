using System.Text.Json.Nodes;
using Diffuse.Training;

namespace Diffuse.Tests.Training;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Path => temporary["metrics.jsonl"];

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_line_holds_what_plots_need()
    {
        Write(fromStep: 0, 10);

        var line = JsonNode.Parse(Assert.Single(File.ReadAllLines(Path)))!.AsObject();

        Assert.Equal(
            ["images", "step", "loss", "grad_norm", "lr", "images_per_sec", "sec_per_kimg", "rss", "peak_rss", "time", "validation_loss"],
            line.Select(member => member.Key));
        Assert.Equal(640, (long)line["images"]!);
        Assert.Equal(0.5, (double)line["loss"]!);
        Assert.Equal(20, (double)line["sec_per_kimg"]!);
        Assert.EndsWith("Z", (string)line["time"]!);
    }

    [Fact]
    public void A_run_that_goes_on_drops_the_lines_of_steps_to_do_again_and_a_line_cut_short()
    {
        Write(fromStep: 0, 10, 20, 30);
        File.AppendAllText(Path, "{\"images\":2560,\"st");

        Write(fromStep: 20, 25);

        Assert.Equal([10, 20, 25], File.ReadLines(Path).Select(line => (long)JsonNode.Parse(line)!["step"]!));
    }

    private void Write(long fromStep, params long[] steps)
    {
        using var log = new MetricsLog(Path, fromStep, TimeProvider.System);
        foreach (var step in steps)
        {
            log.Write(new TrainingProgress(step * 64, 1000, step, 1e-3, 50, 1 << 20, TimeSpan.Zero, 0.5, 2, 0.25), measuredNow: true);
        }
    }
}
