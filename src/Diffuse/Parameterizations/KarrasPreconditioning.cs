using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// Karras et al. 2022, table 1, for any Gaussian process by way of x/alpha and r = sigma/alpha: input and target of the network have unit
/// variance if the data's standard deviation is sigma_d, and c_out is as small as can be. With n = sigma^2 + alpha^2 sigma_d^2
///   x0 = alpha sigma_d^2 / n x_t + sigma sigma_d / sqrt(n) F(x_t / sqrt(n); ln(r) / 4).
/// The paper's weight (r^2 + sigma_d^2) / (r sigma_d)^2 on |D - x0|^2 is 1 / c_out^2, that is no weight on F.
/// </summary>
internal sealed class KarrasPreconditioning(NoiseSchedule q, double sigmaData) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t)
    {
        var (alpha, sigma, n) = (q.Alpha(t), q.Sigma(t), N(t));
        return new(alpha * sigmaData * sigmaData / n, sigma * sigmaData / Math.Sqrt(n), 1 / Math.Sqrt(n), -q.LogSnr(t) / 8);
    }

    /// <summary>F* = (sigma/sigma_d x0 - alpha sigma_d eps) / sqrt(n).</summary>
    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) =>
        t.Coefficients(time => q.Sigma(time) / sigmaData / Math.Sqrt(N(time)), x0) * x0
        - t.Coefficients(time => q.Alpha(time) * sigmaData / Math.Sqrt(N(time)), x0) * eps;

    private double N(double t) => Math.Pow(q.Sigma(t), 2) + Math.Pow(q.Alpha(t) * sigmaData, 2);
}

/// <summary>EDM's preconditioning.</summary>
[Kind("karras")]
public sealed record KarrasPreconditioningOptions : ParameterizationOptions
{
    /// <summary>sigma_d, the standard deviation of the data in [-1, 1].</summary>
    [Range(1e-3, 1e3)]
    public double SigmaData { get; init; } = 0.5;

    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process)
    {
        var q = Noisy(process, "karras");
        return q.Alpha(q.Horizon) > 0
            ? new KarrasPreconditioning(q, SigmaData)
            : throw new ConfigException(
                "parameterization karras tells the network ln(sigma/alpha), which is infinite where this process ends: take v, or flow on process flow");
    }
}
