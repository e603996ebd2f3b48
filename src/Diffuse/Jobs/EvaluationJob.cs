using Diffuse.Networks;
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
        if (request.Report && request.Out is null && model.Run is null)
        {
            throw new ConfigException("--report: found a model that is not in a run's folder; allowed: with --out DIR");
        }

        using var data = DataSet.Open(config.Data, config.Seed, report.Log.Warning);
        using var sources = new FeatureSources(plan.Images, config.Device);
        var metricsAsked = Asked(request, plan, sources);
        if (data.HeldOut.Count == 0 && metricsAsked.Any(options => !OnSamples(options)))
        {
            throw new ConfigException($"data.held_out: no image of {config.Data.Path} was held out of training; allowed: --set data.held_out=0.1 for a share, or a number of images");
        }

        if (!plan.Latents.IsPixels && metricsAsked.FirstOrDefault(options => options is BitsPerDimOptions or OdeLikelihoodOptions) is { } ofPixels)
        {
            throw new ConfigException($"evaluation: {Kinds.NameOf(ofPixels.GetType())} is of pixels, and the model works in latents; allowed: validation-loss, samples, copies");
        }

        if (plan.Knows<ClassCondition>() && data.Classes.Count != plan.Images.Classes.Count)
        {
            throw new ConfigException($"data.path: {config.Data.Path} has {data.Classes.Count} classes, the model {plan.Images.Classes.Count}");
        }

        var drawn = plan.IsDenoiser && metricsAsked.Any(OnSamples) ? new DrawnImages(model, data, request.Batch, report) : null;
        var samples = drawn is null ? null : Samples(drawn, data, sources, request, report);
        foreach (var options in samples is null ? [] : metricsAsked.OfType<SampleMetricsOptions>())
        {
            samples!.Network(options.Features); // known before anything is drawn
        }

        var sweep = request.Sweep.Count == 0 ? null : SweepJob.Prepared(request, report);
        var stream = new ImageStream(data, config.Seed, plan.Device, plan.Tokenizer);
        var metrics = Evaluated(metricsAsked.Select(options => options.Build(plan.Parts)), new EvaluationContext(HeldOut(), config.Seed, samples), report, stop);
        var result = new EvalResult(model.Path, metrics, samples?.Pictures ?? []) { Sweep = sweep?.Run(data, sources, stop) };
        return !request.Report ? result : result with
        {
            Pictures = [.. result.Pictures, .. Report.Write(request.Out ?? Path.Combine(model.Run!, "eval"), config.Name, model.Run, config, result, drawn?.Folder)],
        };

        IEnumerable<Batch> HeldOut() => stream.HeldOut(request.Batch).First(request.Count ?? int.MaxValue)
            .Select(plan.Encoded)
            .Select(batch => !plan.IsDenoiser ? batch : batch with { Condition = plan.Conditions.Tell(batch, Seeds.Random(config.Seed, batch.Indices[0]), withhold: false) })
            .Living();
    }

    /// <summary>Drawn images beside those that were trained on.</summary>
    internal static ImageSets Samples(DrawnImages drawn, DataSet data, FeatureSources sources, EvalRequest request, IJobReport report) =>
        new(drawn.Take, data, drawn.Seed, sources, () => sources.Newest(request.Model.Runs), Path.Combine(drawn.Folder, "sheets"), report) { AskedFor = drawn.Asked };

    /// <summary>What is asked of drawn images with <c>--samples</c>.</summary>
    internal static SampleMetricsOptions OfSamples(EvalRequest request, int count, FeatureSources sources) => new()
    {
        Count = count,
        Features = request.Features is null ? sources.Newest(request.Model.Runs) : FeatureSources.At(request.Features, request.Dims),
    };

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

    /// <summary>
    /// The config's metrics; with <c>--samples</c> also those of drawn images. Copies are looked for in pixels, and in the features of networks that see images as
    /// they are: Inception would take hours for the training images.
    /// </summary>
    private static IReadOnlyList<EvaluatorOptions> Asked(EvalRequest request, RunPlan plan, FeatureSources sources)
    {
        if (request.Samples is not { } count)
        {
            return plan.Evaluation;
        }

        _ = plan.Model; // it draws images, or this says that it does not
        var samples = OfSamples(request, count, sources);
        var copies = new CopiesOptions { Count = count, Features = samples.Features is InceptionFeatureOptions ? null : samples.Features };
        return [.. plan.Evaluation.Where(options => !OnSamples(options)), samples, copies];
    }
}
