using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Numerics;

namespace Diffuse.Jobs;

/// <summary><c>diffuse eval</c>: the config's metrics on the held-out images.</summary>
internal static class EvaluationJob
{
    public static EvalResult Run(EvalRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.Open(request.Model, request.Overrides, report.Log.Warning);
        var (plan, config) = (model.Plan, model.Plan.Config);
        using var data = DataSet.Open(config.Data, config.Seed, report.Log.Warning);
        if (data.HeldOut.Count == 0)
        {
            throw new ConfigException($"data.held_out: no image of {config.Data.Path} was held out of training; allowed: --set data.held_out=0.1 for a share, or a number of images");
        }

        if (plan.Knows<ClassCondition>() && data.Classes.Count != plan.Images.Classes.Count)
        {
            throw new ConfigException($"data.path: {config.Data.Path} has {data.Classes.Count} classes, the model {plan.Images.Classes.Count}");
        }

        var stream = new ImageStream(data, config.Seed, plan.Device, plan.Tokenizer);
        var evaluators = plan.Evaluation.Select(options => options.Build(plan.Parts)).ToList();
        var context = new EvaluationContext(HeldOut(), config.Seed);
        var metrics = new List<Metric>();
        foreach (var (done, evaluator) in evaluators.Index())
        {
            report.Count("metrics", done, evaluators.Count);
            metrics.AddRange(evaluator.Evaluate(context, stop));
        }

        report.Count("metrics", evaluators.Count, evaluators.Count);
        return new EvalResult(model.Path, metrics);

        IEnumerable<Batch> HeldOut() => stream.HeldOut(request.Batch).First(request.Count ?? int.MaxValue)
            .Select(batch => !plan.IsDenoiser ? batch : batch with { Condition = plan.Conditions.Tell(batch, Seeds.Random(config.Seed, batch.Indices[0]), withhold: false) })
            .Living();
    }
}
