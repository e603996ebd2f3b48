using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Annealed Langevin dynamics (Song and Ermon 2019, algorithm 1): at each noise level n steps x + h score + sqrt(2 h) z of size h = e sigma^2,
/// and from the last level the denoised image (Song and Ermon 2020, section 3.5). The paper's step_lr is e sigma_1^2. The level that the grid begins
/// with gets no steps, x having its law already; where alpha falls, x is scaled from level to level.
/// </summary>
/// <param name="n">Steps at each level.</param>
/// <param name="step">e; null: chosen for each level by <see cref="StepFor"/>.</param>
internal sealed class AnnealedLangevin(NoiseSchedule q, int n, double? step = null) : StepSampler
{
    /// <inheritdoc/>
    public override int Evaluations(TimeGrid grid) => (grid.Steps - 1) * n + 1;

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z)
    {
        if (s == 0)
        {
            return D(x, t).X0;
        }

        var h = (step ?? StepFor(q.Sigma(t) * q.Alpha(s) / (q.Alpha(t) * q.Sigma(s)), n)) * Math.Pow(q.Sigma(s), 2);
        x = q.Alpha(s) / q.Alpha(t) * x;
        for (var i = 0; i < n; i++)
        {
            x = x + h * q.Score(x, D(x, s).X0, s) + Math.Sqrt(2 * h) * z.Normal(x);
        }

        return x;
    }

    /// <summary>
    /// NCSNv2's rule (technique 4): the e for which the noise that n steps leave, of variance v sigma^2 with v = w gamma^2 + (1 - w) 2 / (2 - e) and
    /// w = (1 - e)^2n, is nearest to sigma^2. v has one minimum in 0..1, found by golden section.
    /// </summary>
    /// <param name="gamma">The ratio of the level before to this one, at least 1.</param>
    public static double StepFor(double gamma, int n)
    {
        double Variance(double e)
        {
            var w = Math.Pow(1 - e, 2 * n);
            return w * gamma * gamma + (1 - w) * 2 / (2 - e);
        }

        var golden = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < 60; i++)
        {
            var (left, right) = (high - golden * (high - low), low + golden * (high - low));
            (low, high) = Variance(left) < Variance(right) ? (low, right) : (left, high);
        }

        return (low + high) / 2;
    }
}

/// <summary>The sampler of NCSN, on any process that adds Gaussian noise and leaves some signal; wants as many levels as the process has.</summary>
[Kind("annealed-langevin")]
public sealed record AnnealedLangevinOptions : SamplerOptions
{
    /// <summary>Langevin steps at each level; 5 in NCSNv2, 100 in NCSN.</summary>
    [Range(1, 10_000)]
    public int Repeats { get; init; } = 5;

    /// <summary>The step's size in units of the level's sigma^2, which is step_lr / sigma_min^2; by default NCSNv2's rule.</summary>
    [Range(1e-9, 1.0)]
    public double? Step { get; init; }

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "annealed-langevin");
        return q.Alpha(q.Horizon) > 0
            ? new AnnealedLangevin(q, Repeats, Step)
            : throw new ConfigException("sampler annealed-langevin cannot start where a process leaves no signal: take ddim or ddpm");
    }
}
