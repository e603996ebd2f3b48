using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// The unweighted simple loss on held-out images by noise level: every image is corrupted once in each bin of the clock, at a time drawn
/// there. Times and noise derive from (seed, bin, image), so two checkpoints see the same ones. Do not average over models with different
/// parameterizations: the loss is that of the network's own output.
/// </summary>
internal sealed class ValidationLoss(Model model, int bins, int images) : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        var loss = new SimpleLoss();
        var perBin = Enumerable.Range(0, bins).Select(_ => new List<double>()).ToArray();
        foreach (var batch in c.HeldOut.First(images))
        {
            for (var bin = 0; bin < bins; bin++)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var z = new PerImageNoise((long)Seeds.Of(c.Seed, bin), [.. batch.Indices.Select(index => (long)index)]);
                var t = new Times([.. batch.Indices.Select(index => TimeIn(model.Process, bin, Seeds.Random(c.Seed, bin, index).NextDouble()))]);
                var losses = loss.PerImage(model, batch.Images, batch.Condition, t, z.Normal(batch.Images));
                perBin[bin].AddRange(losses.cpu().to(ScalarType.Float64).data<double>());
            }
        }

        var perImage = Enumerable.Range(0, perBin[0].Count).Select(i => perBin.Average(values => values[i])).ToList();
        return
        [
            Metric.Of("loss", perImage, "mse"),
            .. perBin.Select((values, bin) => Metric.Of(
                $"loss at t {TimeIn(model.Process, bin, 0):g4} to {TimeIn(model.Process, bin, 1 - 1e-9):g4}", values, "mse")),
        ];
    }

    private double TimeIn(ForwardProcess process, int bin, double u) => process.TimeAt((bin + u) / bins);
}

/// <summary>The training loss on held-out images, by noise level.</summary>
[Kind("validation-loss")]
public sealed record ValidationLossOptions : EvaluatorOptions
{
    /// <summary>Equal parts of the clock.</summary>
    [Range(1, 1000)]
    public int Bins { get; init; } = 10;

    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => new ValidationLoss(parts.Model, Bins, Images);
}
