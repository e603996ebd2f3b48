using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Objectives;

namespace Diffuse.Evaluation;

/// <summary>
/// The unweighted simple loss on held-out images by noise level: see <see cref="TimeBins"/>. Do not average over models with different
/// parameterizations: the loss is that of the network's own output.
/// </summary>
internal sealed class ValidationLoss(Model model, int bins, int images) : IEvaluator
{
    private readonly TimeBins times = new(model.Process, bins);

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        var loss = new SimpleLoss();
        var perBin = times.Of(c, images, (batch, t, z) => loss.PerImage(model, batch.Images, batch.Condition, t, z.Normal(batch.Images)), stop);
        var perImage = Enumerable.Range(0, perBin[0].Count).Select(i => perBin.Average(values => values[i])).ToList();
        return [Metric.Of("loss", perImage, "mse"), .. perBin.Select((values, bin) => Metric.Of($"loss at {times.Name(bin)}", values, "mse") with { Time = times.Middle(bin) })];
    }
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
