using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Objectives;
using MathNet.Numerics.Distributions;

namespace Diffuse.Evaluation;

/// <summary>One number about a model.</summary>
/// <param name="N">The images that it rests on.</param>
/// <param name="Low">The lower end of its 95% confidence interval over images; null where there is none.</param>
public sealed record Metric(string Name, double Value, int N, string Unit, double? Low = null, double? High = null)
{
    /// <summary>The time of the process that it is about; null where it is about none.</summary>
    public double? Time { get; init; }

    /// <summary>A mean over images with its interval.</summary>
    public static Metric Of(string name, IReadOnlyCollection<double> perImage, string unit)
    {
        var mean = Estimate.Of(perImage);
        return double.IsNaN(mean.HalfWidth)
            ? new(name, mean.Mean, mean.Count, unit)
            : new(name, mean.Mean, mean.Count, unit, mean.Low, mean.High);
    }

    /// <summary>The share of images that a thing is true of, with the interval of Clopper and Pearson (1934).</summary>
    public static Metric Share(string name, int of, int n) => new(
        name, of / (double)n, n, "share",
        of == 0 ? 0 : Beta.InvCDF(of, n - of + 1, 0.025),
        of == n ? 1 : Beta.InvCDF(of + 1, n - of, 0.975));
}

/// <summary>What evaluators work on.</summary>
/// <param name="HeldOut">
/// Images that were not trained on, in an order that does not change; may be walked more than once. A batch lives until the next is asked for.
/// </param>
/// <param name="Seed">Of all draws. The numbers do not depend on the batch size but for rounding.</param>
/// <param name="Samples">What was drawn, and what it is compared with; null for models that draw nothing.</param>
public sealed record EvaluationContext(IEnumerable<Batch> HeldOut, long Seed, IImageSets? Samples = null);

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
