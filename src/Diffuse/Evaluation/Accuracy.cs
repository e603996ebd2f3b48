using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>How often a classifier reads the right class of held-out images: clean, and noised to a time drawn in each bin of the clock.</summary>
internal sealed class Accuracy(NoisyClassifier classifier, int bins, int images) : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        var right = Enumerable.Range(0, bins + 1).Select(_ => new List<double>()).ToArray();
        foreach (var batch in c.HeldOut.First(images))
        {
            for (var bin = 0; bin <= bins; bin++)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var z = new PerImageNoise((long)Seeds.Of(c.Seed, bin), [.. batch.Indices.Select(index => (long)index)]);
                var t = new Times([.. batch.Indices.Select(index => bin == 0 ? 0 : TimeIn(bin - 1, Seeds.Random(c.Seed, bin, index).NextDouble()))]);
                var x = bin == 0 ? batch.Images : classifier.Process.Corrupt(batch.Images, t, z.Normal(batch.Images));
                var read = classifier.Logits(x, t).argmax(1).eq(batch.Condition.Label!);
                right[bin].AddRange(read.cpu().to(ScalarType.Float64).data<double>());
            }
        }

        return
        [
            Metric.Of("accuracy", right[0], "share"),
            .. right.Skip(1).Select((values, bin) => Metric.Of($"accuracy at t {TimeIn(bin, 0):g4} to {TimeIn(bin, 1 - 1e-9):g4}", values, "share")),
        ];
    }

    private double TimeIn(int bin, double u) => classifier.Process.TimeAt((bin + u) / bins);
}

/// <summary>The share of held-out images whose class is read, by noise level.</summary>
[Kind("accuracy")]
public sealed record AccuracyOptions : EvaluatorOptions
{
    /// <summary>Equal parts of the clock.</summary>
    [Range(1, 1000)]
    public int Bins { get; init; } = 10;

    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => parts.Network is Classifier network
        ? new Accuracy(new NoisyClassifier(network, parts.Parameterization, parts.Process), Bins, Images)
        : throw new ConfigException("accuracy is of classifiers; found a network whose output is an image");
}
