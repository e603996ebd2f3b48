using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is the score itself, grad log q(x_t) = -eps / sigma, which the published VE and NCSN networks give by dividing their output by sigma (Song
/// and Ermon 2020, technique 3): x0 = (x_t + sigma^2 F) / alpha. Unweighted, the simple loss sees the least noisy times only; weighted by the
/// signal-to-noise ratio on x0 (weight min-snr with a gamma that cuts nothing) it is denoising score matching with the weight sigma^2.
/// </summary>
internal sealed class RawScore(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t) => new(1 / q.Alpha(t), Math.Pow(q.Sigma(t), 2) / q.Alpha(t), 1, q.Label(t));

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) =>
        t.Coefficients(time => -1 / q.Sigma(time), eps) * eps;
}

/// <summary>The network predicts the score: for networks that divide by sigma, as U-Nets with fourier time features do on process ve.</summary>
[Kind("raw-score")]
public sealed record RawScoreOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process)
    {
        var q = Noisy(process, "raw-score");
        return q.Alpha(q.Horizon) > 0
            ? new RawScore(q)
            : throw new ConfigException("parameterization raw-score cannot start where a process leaves no signal: take v or x0");
    }
}
