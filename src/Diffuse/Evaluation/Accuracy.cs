using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
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
    private readonly TimeBins times = new(classifier.Process, bins, clean: true);

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        var perBin = times.Of(c, images, (batch, t, z) => Right(batch, t, z), stop);
        return
        [
            Metric.Of("accuracy", perBin[0], "share"),
            .. perBin.Index().Skip(1).Select(bin => Metric.Of($"accuracy at {times.Name(bin.Index)}", bin.Item, "share") with { Time = times.Middle(bin.Index) }),
        ];
    }

    /// <summary>[N] 1 where the class is read.</summary>
    private Tensor Right(Batch batch, Times t, INoise z)
    {
        var x = t.Values.All(time => time == 0) ? batch.Images : classifier.Process.Corrupt(batch.Images, t, z.Normal(batch.Images));
        return classifier.Logits(x, t).argmax(1).eq(batch.Condition.Label!);
    }
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
