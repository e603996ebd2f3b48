using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>
/// F is sigma times the score, -eps (Song and Ermon 2019, 2020): x0 = (x_t + sigma F) / alpha. The simple loss is then denoising score matching with
/// its weight sigma^2 (Vincent 2011). Networks that divide their output by sigma themselves are raw-score.
/// </summary>
internal sealed class Score(NoiseSchedule q) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t) => new(1 / q.Alpha(t), q.Sigma(t) / q.Alpha(t), 1, q.Label(t));

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) => -eps;
}

/// <summary>The network predicts sigma times the score.</summary>
[Kind("score")]
public sealed record ScoreOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process)
    {
        var q = Noisy(process, "score");
        return q.Alpha(q.Horizon) > 0
            ? new Score(q)
            : throw new ConfigException("parameterization score cannot start where a process leaves no signal: take v or x0");
    }
}
