using Diffuse.Data;

namespace Diffuse.Evaluation;

internal static class HeldOutImages
{
    /// <summary>The first images of the batches, the last batch cut short, each with its number among them.</summary>
    public static IEnumerable<Batch> First(this IEnumerable<Batch> batches, int count)
    {
        var left = count;
        foreach (var batch in batches)
        {
            var n = (int)batch.Images.shape[0];
            if (n > left)
            {
                yield return new(
                    batch.Images.narrow(0, 0, left),
                    new Condition(
                        batch.Condition.Label?.narrow(0, 0, left),
                        batch.Condition.Tokens?.narrow(0, 0, left),
                        batch.Condition.Embedding?.narrow(0, 0, left),
                        batch.Condition.Image?.narrow(0, 0, left),
                        batch.Condition.TokenMask?.narrow(0, 0, left),
                        batch.Condition.Caption?.narrow(0, 0, left)),
                    [.. batch.Indices.Take(left)]);
                yield break;
            }

            yield return batch;
            left -= n;
            if (left == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Each batch lives until the next is asked for.</summary>
    public static IEnumerable<Batch> Living(this IEnumerable<Batch> batches)
    {
        foreach (var batch in batches)
        {
            yield return batch;
            batch.Images.Dispose();
            batch.Condition.Label?.Dispose();
            batch.Condition.Image?.Dispose();
            batch.Condition.Caption?.Dispose();
        }
    }
}
