using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Evaluation;

namespace Diffuse.Cli.Output;

/// <summary>Metrics for people.</summary>
internal static class MetricTable
{
    /// <summary>Name, value with its 95% interval, unit, images.</summary>
    public static string Of(IReadOnlyList<Metric> metrics) => Aligned(
        [["metric", "value", "95% interval", "unit", "images"], .. metrics.Select(metric => new[] { metric.Name, Number(metric.Value), Interval(metric), metric.Unit, $"{metric.N}" })],
        column => column is 1 or 4);

    /// <summary>A row for each combination of settings: its values, the network's evaluations for an image, and each metric with its interval.</summary>
    public static string Of(SweepResult sweep) => Aligned(
        [
            [.. sweep.Keys, "evaluations", .. sweep.Rows[0].Metrics.Select(metric => metric.Name)],
            .. sweep.Rows.Select(row => (string[])[.. row.Values, $"{row.Evaluations}", .. row.Metrics.Select(metric => $"{Number(metric.Value)} ({Interval(metric)})")]),
        ],
        column => column <= sweep.Keys.Count);

    private static string Aligned(IReadOnlyList<string[]> rows, Func<int, bool> right)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(Environment.NewLine, rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            right(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string Interval(Metric metric) => metric is { Low: { } low, High: { } high } ? $"{Number(low)} to {Number(high)}" : "";

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
