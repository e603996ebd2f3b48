using Diffuse.Processes;
using static TorchSharp.torch;
using Normal = Diffuse.Numerics.Gaussian;

namespace Diffuse.Tests.Support;

/// <summary>
/// A law of images [N, 1, 1, D] whose denoiser is known exactly: a mixture of K Gaussians with means [K, D] and a variance for each of the D
/// pixels, [K, D]. Not centred, not isotropic.
/// </summary>
internal sealed class KnownData(double[] weights, double[,] means, double[,] variances)
{
    private readonly Tensor mean = tensor(means, dtype: ScalarType.Float64);         // [K, D]
    private readonly Tensor variance = tensor(variances, dtype: ScalarType.Float64); // [K, D]
    private readonly Tensor weight = tensor(weights, dtype: ScalarType.Float64);     // [K]

    public static KnownData Gaussian() => new([1], new[,] { { 0.5, -0.3, 0.1 } }, new[,] { { 0.16, 0.01, 0.36 } });

    public static KnownData Mixture() =>
        new([0.3, 0.7], new[,] { { -0.7, 0.2, 0.0 }, { 0.4, 0.6, -0.5 } }, new[,] { { 0.02, 0.05, 0.1 }, { 0.04, 0.01, 0.02 } });

    public int Pixels => (int)mean.shape[1];

    /// <summary>E[x0] and Var[x0] of each pixel.</summary>
    public (double[] Mean, double[] Variance) Moments()
    {
        var first = weight.unsqueeze(1).mul(mean).sum([0]);
        var second = weight.unsqueeze(1).mul(variance + mean.square()).sum([0]) - first.square();
        return (Close.Values(first), Close.Values(second));
    }

    /// <summary>Images drawn with a seed.</summary>
    public Tensor Draw(int count, int seed)
    {
        var random = new Random(seed);
        var values = new double[count * Pixels];
        var (m, v, w) = (Close.Values(mean), Close.Values(variance), Close.Values(weight));
        for (var i = 0; i < count; i++)
        {
            var k = 0;
            for (var u = random.NextDouble() - w[0]; u >= 0 && k < w.Length - 1; u -= w[k])
            {
                k++;
            }

            for (var d = 0; d < Pixels; d++)
            {
                values[i * Pixels + d] = m[k * Pixels + d] + Math.Sqrt(v[k * Pixels + d]) * Normal.Draw(random);
            }
        }

        return tensor(values, [count, 1, 1, Pixels]);
    }

    /// <summary>E[x0 | x_t].</summary>
    public Tensor Denoise(NoiseSchedule q, Tensor x, double t)
    {
        var (alpha, variance2) = (q.Alpha(t), q.Sigma(t) * q.Sigma(t));
        var flat = x.reshape(-1, 1, Pixels);                                                         // [N, 1, D]
        var total = alpha * alpha * variance + variance2;                                            // [K, D]
        var off = flat - alpha * mean;                                                               // [N, K, D]
        var logs = weight.log() - 0.5 * (off.square() / total + total.log()).sum([2]);                 // [N, K]
        var each = mean + alpha * variance / total * off;                                            // [N, K, D]
        return (logs.softmax(1).unsqueeze(2) * each).sum([1]).reshape(x.shape);
    }

    /// <summary>log q(x_t) of each image, [N].</summary>
    public Tensor LogDensity(NoiseSchedule q, Tensor x, double t)
    {
        var total = Math.Pow(q.Alpha(t), 2) * variance + Math.Pow(q.Sigma(t), 2);
        var off = x.reshape(-1, 1, Pixels) - q.Alpha(t) * mean;
        return (weight.log() - 0.5 * (off.square() / total + (2 * Math.PI * total).log()).sum([2])).logsumexp(1);
    }

    /// <summary>The probability-flow ODE's map from x_t to x0, for a single Gaussian: it keeps every pixel's quantile.</summary>
    public Tensor Decode(NoiseSchedule q, Tensor x, double t)
    {
        Assert.Equal(1, weight.shape[0]);
        var spread = (variance / (Math.Pow(q.Alpha(t), 2) * variance + Math.Pow(q.Sigma(t), 2))).sqrt();
        return mean + spread * (x - q.Alpha(t) * mean);
    }
}
