using System.Globalization;
using Diffuse.Evaluation;

namespace Diffuse.Configuration;

/// <summary>Metrics as the cells of a table, the head first.</summary>
internal static class MetricRows
{
    /// <summary>Name, value with its 95% interval, unit, images.</summary>
    public static IReadOnlyList<string[]> Of(IReadOnlyList<Metric> metrics) =>
        [["metric", "value", "95% interval", "unit", "images"], .. metrics.Select(metric => new[] { metric.Name, Number(metric.Value), Interval(metric), metric.Unit, $"{metric.N}" })];

    /// <summary>A row for each combination of settings: its values, the network's evaluations for an image, and each metric with its interval.</summary>
    public static IReadOnlyList<string[]> Of(SweepResult sweep) =>
    [
        [.. sweep.Keys, "evaluations", .. sweep.Rows[0].Metrics.Select(metric => metric.Name)],
        .. sweep.Rows.Select(row => (string[])[.. row.Values, $"{row.Evaluations}", .. row.Metrics.Select(metric => $"{Number(metric.Value)} ({Interval(metric)})")]),
    ];

    private static string Interval(Metric metric) => metric is { Low: { } low, High: { } high } ? $"{Number(low)} to {Number(high)}" : "";

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
