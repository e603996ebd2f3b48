using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is the velocity v = (alpha eps - sigma x0) / sqrt(n), n = alpha^2 + sigma^2 (Salimans and Ho 2022, appendix D, for any scale):
/// x0 = alpha/n x_t - sigma/sqrt(n) F. Well defined from pure noise to clean data.
/// </summary>
internal sealed class Velocity(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t)
    {
        var n = N(t);
        return new(q.Alpha(t) / n, -q.Sigma(t) / Math.Sqrt(n), 1 / Math.Sqrt(n), q.Label(t));
    }

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) =>
        t.Coefficients(time => q.Alpha(time) / Math.Sqrt(N(time)), x0) * eps - t.Coefficients(time => q.Sigma(time) / Math.Sqrt(N(time)), x0) * x0;

    private double N(double t) => Math.Pow(q.Alpha(t), 2) + Math.Pow(q.Sigma(t), 2);
}

/// <summary>The network predicts alpha eps - sigma x0.</summary>
[Kind("v")]
public sealed record VelocityOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process) => new Velocity(Noisy(process, "v"));
}
