using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// The terms of the bound on -log p(x0) (Ho et al. 2020, equation 5), each in bits per dimension of an image, [N]. Their sum over a grid from
/// 0 to T plus <see cref="Prior"/> is the bound. Data are 256 levels in [-1, 1].
/// </summary>
internal sealed class VariationalBound(NoiseSchedule q, ReverseVariance variance)
{
    /// <summary>
    /// The step from t to s: KL(q(x_s | x_t, x0) || p(x_s | x_t)), and where s is 0 the decoder's -log p(x0 | x_t), a discretized Gaussian.
    /// </summary>
    /// <param name="x">x_t.</param>
    /// <param name="d">What the model sees in it.</param>
    public Tensor Step(Tensor x0, Tensor x, Times s, Times t, Denoised d)
    {
        var ofX0 = s.Coefficients(t, (from, to) => q.Posterior(from, to).OfX0, x);
        var rest = s.Coefficients(t, (from, to) => q.Posterior(from, to).OfXt, x) * x;
        var (truth, mean) = (ofX0 * x0 + rest, ofX0 * d.X0 + rest);
        var logVariance = variance.Log(s, t, d.V, x);
        var divergence = PerDimension(Gaussian.Kl(truth, s.Coefficients(t, variance.LogPosterior, x), mean, logVariance));
        var last = Array.ConvertAll(s.Values, time => time == 0);
        if (!last.Contains(true))
        {
            return divergence;
        }

        var decoder = PerDimension(-Gaussian.DiscretizedLogLikelihood(x0, mean, 0.5 * logVariance));
        return where(tensor(last, device: x.device), decoder.to(divergence.dtype), divergence);
    }

    /// <summary>L_T = KL(q(x_T | x0) || N(0, I PriorSigma^2)), which no training changes.</summary>
    public Tensor Prior(Tensor x0)
    {
        Tensor Log(double sigma) => tensor(2 * Math.Log(sigma), x0.dtype, x0.device);
        return PerDimension(Gaussian.Kl(q.Alpha(q.Horizon) * x0, Log(q.Sigma(q.Horizon)), zeros_like(x0), Log(q.PriorSigma)));
    }

    /// <summary>The process as a chain of T noisy steps.</summary>
    /// <exception cref="ConfigException">It is none.</exception>
    public static NoiseSchedule Chain(ForwardProcess process, string what) => process is NoiseSchedule q && process.Steps is not null
        ? q
        : throw new ConfigException($"{what} needs a process of counted noisy steps (linear, cosine, ...)");

    private static Tensor PerDimension(Tensor nats) => nats.flatten(1).mean([1]) / Math.Log(2);
}
