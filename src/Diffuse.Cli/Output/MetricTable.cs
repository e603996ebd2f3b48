using Diffuse.Configuration;
using Diffuse.Evaluation;

namespace Diffuse.Cli.Output;

/// <summary>Metrics for people.</summary>
internal static class MetricTable
{
    public static string Of(IReadOnlyList<Metric> metrics) => AlignedRows.Of(MetricRows.Of(metrics), column => column is 1 or 4);

    public static string Of(SweepResult sweep) => AlignedRows.Of(MetricRows.Of(sweep), column => column <= sweep.Keys.Count);
}
