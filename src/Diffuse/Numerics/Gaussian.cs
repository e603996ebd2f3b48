using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Gaussian divergences and likelihoods, in nats, element by element; and single draws.</summary>
internal static class Gaussian
{
    /// <summary>z ~ N(0, 1) by Box and Muller's formula, from two uniform numbers.</summary>
    public static double Draw(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>KL(N(mean1, e^logVariance1) || N(mean2, e^logVariance2)); arguments broadcast.</summary>
    public static Tensor Kl(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2) =>
        0.5 * (logVariance2 - logVariance1 - 1 + exp(logVariance1 - logVariance2) + (mean1 - mean2).square() * exp(-logVariance2));

    /// <summary>log N(x; 0, sigma^2).</summary>
    public static Tensor LogDensity(Tensor x, double sigma) => -0.5 * (x / sigma).square() - Math.Log(sigma * Math.Sqrt(2 * Math.PI));

    /// <summary>
    /// log P(x) for data in 256 levels scaled to [-1, 1]: the Gaussian's mass between x - 1/255 and x + 1/255, the outermost levels taking
    /// the tails (Ho et al. 2020, equation 13). As in the published code the distribution function is <see cref="Cdf"/> and a mass below
    /// 1e-12 counts as 1e-12. Always in float64: float32 loses several nats in the tails.
    /// </summary>
    public static Tensor DiscretizedLogLikelihood(Tensor x, Tensor mean, Tensor logScale)
    {
        x = x.to(ScalarType.Float64);
        var centered = x - mean.to(ScalarType.Float64);
        var precision = exp(-logScale.to(ScalarType.Float64));
        var upper = Cdf(precision * (centered + 1.0 / 255));
        var lower = Cdf(precision * (centered - 1.0 / 255));
        var mass = where(x < -0.999, upper, where(x > 0.999, 1 - lower, upper - lower));
        return mass.clamp_min(1e-12).log();
    }

    /// <summary>The standard normal distribution function by Page's formula (1977), within 2e-4 and a distribution function itself, so bounds stay bounds.</summary>
    public static Tensor Cdf(Tensor u) => 0.5 * (1 + tanh(Math.Sqrt(2 / Math.PI) * (u + 0.044715 * u.pow(3))));
}
