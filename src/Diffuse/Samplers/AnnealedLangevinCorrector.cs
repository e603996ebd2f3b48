using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Langevin steps x + h score + sqrt(2 h) z of size h = 2 a (r sigma)^2, NCSN's (Song and Ermon 2019), which the noise level alone decides; a is
/// the squared scale of the process's discrete step.
/// </summary>
internal sealed class AnnealedLangevinCorrector(NoiseSchedule q, int steps, double r) : ICorrector
{
    /// <inheritdoc/>
    public int Steps => steps;

    /// <inheritdoc/>
    public Tensor Correct(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        var h = 2 * Math.Pow(q.Discretized(s, t).Scale * r * q.Sigma(t), 2);
        for (var i = 0; i < steps; i++)
        {
            x = x + h * q.Score(x, D(x, t).X0, t) + Math.Sqrt(2 * h) * z.Normal(x);
        }

        return x;
    }
}

/// <summary>Langevin steps whose size follows the noise level.</summary>
[Kind("ald")]
public sealed record AnnealedLangevinCorrectorOptions : LangevinCorrectorOptions
{
    /// <inheritdoc/>
    public override ICorrector Build(NoiseSchedule q) => new AnnealedLangevinCorrector(q, Steps, Snr);
}
