using Diffuse.Configuration;
using Diffuse.Evaluation;

namespace Diffuse.Cli.Output;

/// <summary>Metrics for people.</summary>
internal static class MetricTable
{
    public static string Of(IReadOnlyList<Metric> metrics) => Aligned(MetricRows.Of(metrics), column => column is 1 or 4);

    public static string Of(SweepResult sweep) => Aligned(MetricRows.Of(sweep), column => column <= sweep.Keys.Count);

    /// <param name="right">The columns of numbers.</param>
    private static string Aligned(IReadOnlyList<string[]> rows, Func<int, bool> right)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return string.Join(Environment.NewLine, rows.Select(row => string.Join("  ", row.Select((cell, column) =>
            right(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd()));
    }
}
