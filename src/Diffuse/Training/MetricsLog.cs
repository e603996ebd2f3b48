using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Diffuse.Training;

/// <summary>metrics.jsonl: one JSON object a line. A run that goes on from a checkpoint first drops the lines of the steps that it will do again.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly FileStream file;
    private readonly TimeProvider clock;

    /// <param name="step">The step that training goes on from; lines of later steps, and a last line cut short, are dropped.</param>
    public MetricsLog(string path, long step, TimeProvider clock)
    {
        this.clock = clock;
        if (File.Exists(path))
        {
            Durable.Replace(path, string.Concat(File.ReadLines(path).Where(line => StepOf(line) <= step).Select(line => line + "\n")));
        }

        file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
    }

    /// <param name="measuredNow">Whether the held-out loss belongs to this very step.</param>
    public void Write(TrainingProgress progress, bool measuredNow)
    {
        var line = new JsonObject
        {
            ["images"] = progress.Images,
            ["step"] = progress.Step,
            ["loss"] = progress.Loss,
            ["grad_norm"] = progress.GradientNorm,
            ["lr"] = progress.LearningRate,
            ["images_per_sec"] = Math.Round(progress.ImagesPerSecond, 3),
            ["sec_per_kimg"] = Math.Round(progress.SecondsPerKimg, 3),
            ["rss"] = progress.ResidentBytes,
            ["peak_rss"] = progress.PeakBytes,
            ["time"] = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        };
        if (measuredNow && progress.ValidationLoss is { } validation)
        {
            line["validation_loss"] = validation;
        }

        file.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
        file.Flush();
    }

    public void Dispose() => file.Dispose();

    private static long StepOf(string line)
    {
        try
        {
            return (long?)JsonNode.Parse(line)?["step"] ?? long.MaxValue;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return long.MaxValue;
        }
    }
}
