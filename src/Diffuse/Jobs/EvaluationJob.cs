using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Numerics;

namespace Diffuse.Jobs;

/// <summary><c>diffuse eval</c>: the config's metrics on the held-out images, and on images that are drawn.</summary>
internal static class EvaluationJob
{
    public static EvalResult Run(EvalRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.Open(request.Model, request.Overrides, report.Log.Warning);
        var (plan, config) = (model.Plan, model.Plan.Config);
        using var data = DataSet.Open(config.Data, config.Seed, report.Log.Warning);
        var metricsAsked = Asked(request, plan);
        if (data.HeldOut.Count == 0 && metricsAsked.Any(options => !OnSamples(options)))
        {
            throw new ConfigException($"data.held_out: no image of {config.Data.Path} was held out of training; allowed: --set data.held_out=0.1 for a share, or a number of images");
        }

        if (plan.Knows<ClassCondition>() && data.Classes.Count != plan.Images.Classes.Count)
        {
            throw new ConfigException($"data.path: {config.Data.Path} has {data.Classes.Count} classes, the model {plan.Images.Classes.Count}");
        }

        using var sources = new FeatureSources(plan.Images, config.Device);
        var samples = plan.IsDenoiser && metricsAsked.Any(OnSamples) ? Samples(new DrawnImages(model, data, request.Batch, report)) : null;
        foreach (var options in samples is null ? [] : metricsAsked.OfType<SampleMetricsOptions>())
        {
            samples!.Network(options.Features); // known before anything is drawn
        }

        var stream = new ImageStream(data, config.Seed, plan.Device, plan.Tokenizer);
        return new EvalResult(
            model.Path,
            Evaluated(metricsAsked.Select(options => options.Build(plan.Parts)), new EvaluationContext(HeldOut(), config.Seed, samples), report, stop),
            samples?.Pictures ?? []);

        ImageSets Samples(DrawnImages drawn) =>
            new(drawn.Take, data, config.Seed, sources, () => sources.Newest(request.Model.Runs), Path.Combine(drawn.Folder, "sheets"), report);

        IEnumerable<Batch> HeldOut() => stream.HeldOut(request.Batch).First(request.Count ?? int.MaxValue)
            .Select(batch => !plan.IsDenoiser ? batch : batch with { Condition = plan.Conditions.Tell(batch, Seeds.Random(config.Seed, batch.Indices[0]), withhold: false) })
            .Living();
    }

    /// <summary>One evaluator after the other.</summary>
    internal static IReadOnlyList<Metric> Evaluated(
        IEnumerable<IEvaluator> evaluators, EvaluationContext context, IJobReport report, CancellationToken stop)
    {
        var all = evaluators.ToList();
        var metrics = new List<Metric>();
        foreach (var (done, evaluator) in all.Index())
        {
            report.Count("metrics", done, all.Count);
            metrics.AddRange(evaluator.Evaluate(context, stop));
        }

        report.Count("metrics", all.Count, all.Count);
        return metrics;
    }

    private static bool OnSamples(EvaluatorOptions options) => options is SampleMetricsOptions or CopiesOptions;

    /// <summary>The config's metrics; with <c>--samples</c> also those of drawn images.</summary>
    private static IReadOnlyList<EvaluatorOptions> Asked(EvalRequest request, RunPlan plan)
    {
        if (request.Samples is not { } count)
        {
            return plan.Evaluation;
        }

        _ = plan.Model; // it draws images, or this says that it does not
        var features = request.Features is null ? null : FeatureSources.At(request.Features);
        return [.. plan.Evaluation.Where(options => !OnSamples(options)), new SampleMetricsOptions { Count = count, Features = features }, new CopiesOptions { Count = count }];
    }
}
