using System.Globalization;
using Diffuse.Evaluation;

namespace Diffuse.Cli.Output;

/// <summary>Metrics for people: name, value with its 95% interval, unit, images.</summary>
internal static class MetricTable
{
    public static string Of(IReadOnlyList<Metric> metrics)
    {
        List<string[]> rows = [["metric", "value", "95% interval", "unit", "images"], .. metrics.Select(Row)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(Environment.NewLine, rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            column is 1 or 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string[] Row(Metric metric) =>
    [
        metric.Name,
        Number(metric.Value),
        metric is { Low: { } low, High: { } high } ? $"{Number(low)} to {Number(high)}" : "",
        metric.Unit,
        metric.N.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
