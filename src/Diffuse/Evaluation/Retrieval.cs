using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// How often the right text is found for an image among all distinct ones of the held-out pairs, and the right image for a text (Radford et al. 2021,
/// section 3). Images of the same text count as one another's.
/// </summary>
internal sealed class Retrieval(Clip clip, int images) : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        List<Tensor> seen = [], read = [], ids = [];
        foreach (var batch in c.HeldOut.First(images))
        {
            stop.ThrowIfCancellationRequested();
            seen.Add(clip.ImageFeatures(batch.Images));
            read.Add(clip.TextFeatures(batch.Condition.Caption!));
            ids.Add(batch.Condition.Caption!.alias());
        }

        var logits = clip.Logits(cat(seen, 0), cat(read, 0));                                                         // [N, N]
        var texts = cat(ids, 0);
        var same = texts.unsqueeze(0).eq(texts.unsqueeze(1)).all(2);                                                  // [N, N]
        var chance = same.to(ScalarType.Float64).mean().item<double>();
        return
        [
            .. Ranks(logits, same, "text of image"),
            .. Ranks(logits.t(), same, "image of text"),
            new Metric("chance, top 1", chance, (int)same.shape[0], "share"),
        ];
    }

    /// <summary>The share of rows of whose right columns one is among the best.</summary>
    private static IEnumerable<Metric> Ranks(Tensor logits, Tensor same, string what)
    {
        var best = logits.masked_fill(same.logical_not(), double.NegativeInfinity).max(1).values.unsqueeze(1);
        var better = (logits > best).sum(1).cpu().to(ScalarType.Float64).data<double>().ToArray();
        foreach (var k in new[] { 1, 5 })
        {
            yield return Metric.Of($"{what}, top {k}", [.. better.Select(rank => rank < k ? 1.0 : 0.0)], "share");
        }
    }
}

/// <summary>Zero-shot retrieval on held-out pairs, with chance beside it.</summary>
[Kind("retrieval")]
public sealed record RetrievalOptions : EvaluatorOptions
{
    /// <summary>At most so many of the held-out images.</summary>
    [Range(2, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => parts.Network is Clip clip
        ? new Retrieval(clip, Images)
        : throw new ConfigException("retrieval is of networks that see images and read texts; allowed: a model of objective contrastive");
}
