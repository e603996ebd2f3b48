using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// exp of the mean over images of KL(p(y | x) | p(y)), p(y) the mean of the p(y | x) (Salimans et al. 2016, section 4), the mean over equal parts of
/// the images in their order. It grows with the number of images in a part: only scores of equal numbers can be compared.
/// </summary>
public static class InceptionScore
{
    /// <summary>The score of each part: of rows floor(i N / parts) to floor((i + 1) N / parts) - 1.</summary>
    /// <param name="logits">[N, K].</param>
    public static IReadOnlyList<double> OfParts(Tensor logits, int parts)
    {
        using var scope = NewDisposeScope();
        return OfParts(new Classes(logits), parts);
    }

    /// <summary>The mean over ten parts, or one below a hundred images, with a 95% interval by the reflected bootstrap over images, as that of <see cref="FrechetDistance"/>.</summary>
    /// <param name="logits">[N, K].</param>
    /// <param name="resamplings">At least 40.</param>
    public static (double Score, double Low, double High) WithInterval(Tensor logits, long seed, int resamplings = 200)
    {
        using var scope = NewDisposeScope();
        var (classes, random, parts) = (new Classes(logits), Seeds.Random(seed), logits.shape[0] < 100 ? 1 : 10);
        return Bootstrap.Reflected(OfParts(classes, parts).Average(), resamplings, () => OfParts(classes.Resampled(random), parts).Average());
    }

    private static double[] OfParts(Classes all, int parts)
    {
        var n = all.P.shape[0];
        return [.. Enumerable.Range(0, parts).Select(i => all.Rows(i * n / parts, (i + 1) * n / parts).Score)];
    }

    /// <param name="P">[N, K], p(y | x).</param>
    /// <param name="Negentropy">[N], sum over y of p log p.</param>
    private readonly record struct Classes(Tensor P, Tensor Negentropy)
    {
        public Classes(Tensor logits)
            : this(logits.to(ScalarType.Float64).softmax(1), (logits.to(ScalarType.Float64).softmax(1) * logits.to(ScalarType.Float64).log_softmax(1)).sum([1]))
        {
        }

        /// <summary>KL(p(y | x) | p(y)) = sum p log p - sum p log p(y), and its mean has p(y) in place of the second p.</summary>
        public double Score
        {
            get
            {
                using var scope = NewDisposeScope();
                var marginal = P.mean([0]);
                return (Negentropy.mean() - marginal.xlogy(marginal).sum()).exp().item<double>();
            }
        }

        public Classes Rows(long from, long to) => new(P.narrow(0, from, to - from), Negentropy.narrow(0, from, to - from));

        public Classes Resampled(Random random)
        {
            var indices = Bootstrap.Indices(random, P.shape[0]);
            return new(P.index_select(0, indices), Negentropy.index_select(0, indices));
        }
    }
}
