using System.ComponentModel.DataAnnotations;
using Diffuse.Networks;
using Diffuse.Configuration;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// Drawn images against as many real ones in the features of a network: Frechet and kernel distance, precision, recall, density and coverage, and
/// the Inception Score where the network reads classes, and how often it reads the class that was asked for. Each is named after the network; FID, sFID, KID and IS are those of Inception alone.
/// </summary>
internal sealed class SampleMetrics(SampleMetricsOptions options) : IEvaluator
{
    /// <summary>Fewer images than this make a Frechet distance that papers' cannot be compared with.</summary>
    private const int Published = 10_000;

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        var sets = c.Samples ?? throw new ConfigException("evaluation: samples: the model draws no images; allowed: a model of objective denoising");
        using var scope = NewDisposeScope();
        var (network, n) = (sets.Network(options.Features), options.Count);
        var drawn = Features.Of(network, sets.Drawn(n, stop), stop);
        if (sets.Known is { } known)
        {
            var size = drawn.Vectors.shape[1];
            return known.Mean.shape[0] == size
                ? [Distance("fd", "FID", FrechetDistance.WithInterval(drawn.Vectors, known.Mean, known.Covariance, c.Seed)), .. Score()]
                : throw new ConfigException($"--against: the statistics are of {known.Mean.shape[0]} features, {network.Name} has {size}; allowed: those of the same network");
        }

        var real = sets.RealFeatures(network, n, stop);
        return
        [
            Distance("fd", "FID", FrechetDistance.WithInterval(real.Vectors, drawn.Vectors, c.Seed)),
            .. drawn.Spatial is null ? Array.Empty<Metric>() : [Distance("sfd", "sFID", FrechetDistance.WithInterval(real.Spatial!, drawn.Spatial, c.Seed))],
            Named("kd", "KID", "squared distance", KernelDistance.WithInterval(real.Vectors, drawn.Vectors)),
            .. Neighbours.WithIntervals(real.Vectors, drawn.Vectors, options.Neighbours, c.Seed)
                .Select(figure => Named(figure.Name, figure.Name, "share", (figure.Value, figure.Low, figure.High))),
            .. Score(),
            .. drawn.Logits is { } logits && sets.Asked(n) is { } asked && logits.shape[1] == asked.Classes ? [ClassRead(logits, asked.Labels)] : Array.Empty<Metric>(),
        ];

        Metric ClassRead(Tensor logits, IReadOnlyList<int> labels) => Metric.Share(
            $"class read[{network.Name}]", (int)logits.argmax(1).eq(tensor(labels.Select(label => (long)label).ToArray())).sum().item<long>(), n);

        IEnumerable<Metric> Score() => drawn.Logits is null ? [] : [Named("is", "IS", "classes", InceptionScore.WithInterval(drawn.Logits, c.Seed))];

        Metric Distance(string name, string published, (double, double, double) found) =>
            Named(name, published, n < Published ? $"distance, below {Published:N0} images: not a paper's" : "distance", found);

        Metric Named(string name, string published, string unit, (double Value, double Low, double High) found) =>
            new(network.IsInception ? published : $"{name}[{network.Name}]", found.Value, n, unit, found.Low, found.High);
    }
}

/// <summary>How near drawn images are to real ones, and how much of them they cover.</summary>
[Kind("samples")]
public sealed record SampleMetricsOptions : EvaluatorOptions
{
    /// <summary>Images of each set. Figures of different numbers cannot be compared.</summary>
    [Range(10, int.MaxValue)]
    public int Count { get; init; } = 1000;

    /// <summary>The network in whose features they are compared; null: the newest classifier or CLIP run on images of this size.</summary>
    public FeatureOptions? Features { get; init; }

    /// <summary>k of precision, recall, density and coverage.</summary>
    [Range(1, 4)]
    public int Neighbours { get; init; } = 3;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => new SampleMetrics(this);
}
