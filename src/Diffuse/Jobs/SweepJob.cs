using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;

namespace Diffuse.Jobs;

/// <summary>The images of one model drawn in several ways, each compared with the same real ones.</summary>
internal sealed class SweepJob
{
    private readonly EvalRequest request;
    private readonly IJobReport report;
    private readonly IReadOnlyList<IReadOnlyList<string>> rows;

    private SweepJob(EvalRequest request, IJobReport report, IReadOnlyList<IReadOnlyList<string>> rows) => (this.request, this.report, this.rows) = (request, report, rows);

    /// <summary>Every combination, tried without drawing anything.</summary>
    /// <exception cref="ConfigException">A setting cannot be tried: all that is wrong with it.</exception>
    public static SweepJob Prepared(EvalRequest request, IJobReport report)
    {
        IEnumerable<IReadOnlyList<string>> none = [[]];
        var rows = request.Sweep.Aggregate(none, (sofar, axis) => sofar.SelectMany(row => axis.Values.Select(value => (IReadOnlyList<string>)[.. row, value]))).ToList();
        var job = new SweepJob(request, report, rows);
        foreach (var row in rows)
        {
            job.Open(row).Dispose();
        }

        return job;
    }

    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for; what was drawn is kept.</exception>
    public SweepResult Run(DataSet data, FeatureSources sources, CancellationToken stop)
    {
        var found = new List<SweepRow>();
        foreach (var row in rows)
        {
            report.Count("settings", found.Count, rows.Count);
            using var model = Open(row);
            var drawn = new DrawnImages(model, data, request.Batch, report);
            var sets = EvaluationJob.Samples(drawn, data, sources, request, report);
            var evaluator = new SampleMetrics(EvaluationJob.OfSamples(request, request.Samples!.Value, sources));
            found.Add(new SweepRow(row, model.Plan.Generation.Evaluations, evaluator.Evaluate(new EvaluationContext([], drawn.Seed, sets), stop)));
        }

        report.Count("settings", rows.Count, rows.Count);
        return new SweepResult([.. request.Sweep.Select(axis => axis.Key)], found);
    }

    private LoadedModel Open(IReadOnlyList<string> row)
    {
        var settings = request.Sweep.Zip(row, (axis, value) => (axis.Key, Value: value)).ToList();
        var model = request.Model with
        {
            Ema = settings.Where(setting => setting.Key == SweepAxis.Ema).Select(setting => Length(setting.Value)).FirstOrDefault(request.Model.Ema),
        };
        var overrides = settings.Where(setting => setting.Key != SweepAxis.Ema).Select(setting => new ConfigOverride("--sweep", "sampling." + setting.Key, setting.Value));
        return LoadedModel.OpenDenoiser(model, [.. request.Overrides, .. overrides], report.Log.Warning);
    }

    private static double? Length(string text) =>
        ModelChoice.EmaLength(text) ?? throw new ConfigException($"--sweep: ema: found '{text}'; allowed: {ModelChoice.EmaLengths}");
}
