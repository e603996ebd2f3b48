using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>sum_k w_k N(m_k, L_k L_k^T) in D dimensions.</summary>
/// <param name="Weights">[K].</param>
/// <param name="Means">[K, D].</param>
/// <param name="Factors">[K, D, D] lower triangular: the covariances' Cholesky factors.</param>
internal sealed record GaussianMixture(Tensor Weights, Tensor Means, Tensor Factors)
{
    private const int MostIterations = 200;
    private const double LeastGain = 1e-7; // of the mean log density, in nats

    /// <summary>
    /// By expectation and maximization (Dempster et al. 1977) from centres chosen among the points, each with probability proportional to its
    /// squared distance from those chosen before (Arthur and Vassilvitskii 2007). Covariances are kept positive by a millionth of the
    /// mean variance. The same points and random numbers give the same mixture.
    /// </summary>
    /// <param name="x">[N, D] float64.</param>
    public static GaussianMixture Fit(Tensor x, int components, Random random)
    {
        using var scope = NewDisposeScope();
        var floor = (1e-6 * (x - x.mean([0])).square().mean() + 1e-12) * eye(x.shape[1], dtype: ScalarType.Float64);
        var share = Nearest(x, components, random);
        var mixture = Maximized(x, share, floor);
        var before = double.NegativeInfinity;
        for (var i = 0; i < MostIterations; i++)
        {
            using var iteration = NewDisposeScope();
            var joint = mixture.LogJoint(x);
            var density = joint.logsumexp(1, keepdim: true);
            var mean = density.mean().item<double>();
            if (mean - before < LeastGain)
            {
                break;
            }

            before = mean;
            mixture = Maximized(x, (joint - density).exp(), floor).Kept();
        }

        return mixture.Kept();
    }

    /// <summary>[N, D].</summary>
    /// <param name="which">[N, 1] standard normal: its quantile chooses the component.</param>
    /// <param name="normal">[N, D] standard normal.</param>
    public Tensor Draw(Tensor which, Tensor normal)
    {
        var u = 0.5 * (1 + (which / Math.Sqrt(2)).erf());
        var k = (u > Weights.cumsum(0).narrow(0, 0, Weights.shape[0] - 1)).sum(1);
        return Means.index_select(0, k) + Factors.index_select(0, k).matmul(normal.unsqueeze(2)).squeeze(2);
    }

    /// <summary>log w_k + log N(x; m_k, L_k L_k^T), [N, K].</summary>
    public Tensor LogJoint(Tensor x)
    {
        var off = x.unsqueeze(0) - Means.unsqueeze(1);                                                    // [K, N, D]
        var whitened = Cholesky.Inverse(Factors).matmul(off.transpose(1, 2)).square().sum(1);             // [K, N]
        var logRoot = Factors.diagonal(0, 1, 2).log().sum(1).unsqueeze(1);                                // [K, 1]
        return (Weights.log().unsqueeze(1) - 0.5 * whitened - logRoot - 0.5 * x.shape[1] * Math.Log(2 * Math.PI)).t();
    }

    /// <param name="share">[N, K] the probability of each component for each point.</param>
    private static GaussianMixture Maximized(Tensor x, Tensor share, Tensor floor)
    {
        var count = share.sum([0]).clamp_min(1e-10);                                                        // [K]
        var means = share.t().matmul(x) / count.unsqueeze(1);                                             // [K, D]
        var off = x.unsqueeze(0) - means.unsqueeze(1);                                                    // [K, N, D]
        var covariances = (share.t().unsqueeze(2) * off).transpose(1, 2).matmul(off) / count.reshape(-1, 1, 1);
        return new(count / count.sum(), means, Cholesky.Factor(covariances + floor));
    }

    /// <summary>1 for the nearest of the chosen centres, [N, K].</summary>
    private static Tensor Nearest(Tensor x, int components, Random random)
    {
        var distances = new List<Tensor>();
        var chosen = random.Next((int)x.shape[0]);
        while (true)
        {
            distances.Add((x - x[chosen]).square().sum(1));
            if (distances.Count == components)
            {
                var nearest = stack(distances, 1).argmin(1);
                return nn.functional.one_hot(nearest, components).to(ScalarType.Float64);
            }

            var squares = stack(distances, 1).amin(1).data<double>().ToArray();
            var u = random.NextDouble() * squares.Sum();
            chosen = Math.Max(Array.FindIndex(squares, square => square > 0 && (u -= square) <= 0), 0);
        }
    }

    private GaussianMixture Kept() =>
        new(Weights.MoveToOuterDisposeScope(), Means.MoveToOuterDisposeScope(), Factors.MoveToOuterDisposeScope());
}
