using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Configuration;
using Diffuse.Evaluation;
using Diffuse.Imaging;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>What a run and its evaluation look like as charts, each with the name of its file.</summary>
internal static class Plots
{
    /// <param name="run">The run's folder; null for a model without one.</param>
    public static IReadOnlyList<(string Name, Chart Chart)> Of(string? run, EvalResult result)
    {
        List<(string, Chart)> charts = [];
        if (run is not null && Losses(RunFolder.MetricsOf(run)) is { } training)
        {
            charts.Add(("training", training));
        }

        var timed = result.Metrics.Where(metric => metric.Time is not null).ToList();
        if (timed.Count > 1)
        {
            var what = timed[0].Name.Split(" at ")[0];
            charts.Add(("by-time", new Chart($"held-out {what} by time", "t", timed[0].Unit, [new(what, [.. timed.Select(metric => Point(metric.Time!.Value, metric))])])));
        }

        if (result.Sweep is { } sweep)
        {
            charts.Add(("sweep", Sweep(sweep)));
        }

        return charts;
    }

    /// <summary>The first metric over the setting with the most numbers; a line for each combination of the others.</summary>
    public static Chart Sweep(SweepResult sweep)
    {
        var numeric = sweep.Keys.Index()
            .Where(key => sweep.Rows.All(row => Number(row.Values[key.Index]) is not null) && Values(key.Index).Count > 1)
            .OrderByDescending(key => Values(key.Index).Count).Select(key => (int?)key.Index).FirstOrDefault();
        var axis = numeric ?? sweep.Keys.Count - 1;
        var places = numeric is null ? Values(axis) : [];
        var numbers = numeric is null ? [] : Values(axis).Select(value => Number(value)!.Value).ToList();
        var lines = sweep.Rows
            .GroupBy(row => string.Join(", ", row.Values.Where((_, i) => i != axis).Select((value, i) => $"{sweep.Keys.Where((_, k) => k != axis).ElementAt(i)} {value}")))
            .Select(group => new ChartLine(
                group.Key,
                [.. group.Select(row => Point(numeric is null ? places.ToList().IndexOf(row.Values[axis]) : Number(row.Values[axis])!.Value, row.Metrics[0])).OrderBy(point => point.X)]));
        return new Chart($"{sweep.Rows[0].Metrics[0].Name} by {string.Join(", ", sweep.Keys)}", sweep.Keys[axis], sweep.Rows[0].Metrics[0].Unit, [.. lines])
        {
            Places = places,
            LogX = numbers.Count > 2 && numbers.Min() > 0 && numbers.Max() / numbers.Min() >= 8,
        };

        IReadOnlyList<string> Values(int key) => [.. sweep.Rows.Select(row => row.Values[key]).Distinct()];
    }

    /// <summary>The loss of training and on held-out images; null where there is no line yet.</summary>
    private static Chart? Losses(string file)
    {
        List<ChartPoint> loss = [], held = [];
        foreach (var line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            if (Parsed(line) is { } entry && entry["images"]?.GetValue<double>() is { } images)
            {
                Add(loss, images, entry["loss"]);
                Add(held, images, entry["validation_loss"]);
            }
        }

        return loss.Count == 0 ? null : new Chart("loss in training", "images seen", "loss of an image", [new("training", loss), .. held.Count == 0 ? [] : new[] { new ChartLine("held out", held) }])
        {
            LogY = loss.Concat(held).All(point => point.Y > 0),
        };

        static void Add(List<ChartPoint> points, double images, JsonNode? value)
        {
            if (value is JsonValue number && number.TryGetValue<double>(out var y))
            {
                points.Add(new(images, y));
            }
        }
    }

    private static JsonObject? Parsed(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // cut short by a crash
        }
    }

    private static ChartPoint Point(double x, Metric metric) => new(x, metric.Value, metric.Low, metric.High);

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
