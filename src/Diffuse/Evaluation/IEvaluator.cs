using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Objectives;

namespace Diffuse.Evaluation;

/// <summary>One number about a model.</summary>
/// <param name="N">The images that it rests on.</param>
/// <param name="Low">The lower end of its 95% confidence interval over images; null where there is none.</param>
public sealed record Metric(string Name, double Value, int N, string Unit, double? Low = null, double? High = null)
{
    /// <summary>A mean over images with its interval.</summary>
    public static Metric Of(string name, IReadOnlyCollection<double> perImage, string unit)
    {
        var mean = Estimate.Of(perImage);
        return double.IsNaN(mean.HalfWidth)
            ? new(name, mean.Mean, mean.Count, unit)
            : new(name, mean.Mean, mean.Count, unit, mean.Low, mean.High);
    }
}

/// <summary>What evaluators work on.</summary>
/// <param name="HeldOut">
/// Images that were not trained on, in an order that does not change; may be walked more than once. A batch lives until the next is asked for.
/// </param>
/// <param name="Seed">Of all draws. The numbers do not depend on the batch size but for rounding.</param>
public sealed record EvaluationContext(IEnumerable<Batch> HeldOut, long Seed);

/// <summary>A metric, or several that come from the same work.</summary>
public interface IEvaluator
{
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for.</exception>
    IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop);
}

/// <summary>How a config names an evaluator: <c>{ kind: bits-per-dim, times: 50 }</c>.</summary>
public abstract record EvaluatorOptions
{
    /// <param name="parts">On their device, in evaluation mode.</param>
    /// <exception cref="ConfigException">The metric has no meaning for this network or process.</exception>
    public abstract IEvaluator Build(ObjectiveParts parts);
}
