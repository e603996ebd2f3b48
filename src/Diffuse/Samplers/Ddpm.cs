using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Ancestral sampling (Ho et al. 2020, algorithm 2) on any grid: x_s = mean of q(x_s | x_t, x0) + sqrt(Var p(x_s | x_t)) z. The step onto clean
/// data adds no noise. On a shortened grid the variances are those of the shortened chain (Nichol and Dhariwal 2021, section 4). The gradient of a
/// classifier shifts the mean by Var p(x_s | x_t) times it (Dhariwal and Nichol 2021, algorithm 1).
/// </summary>
/// <param name="variance">Null: learned where the denoiser gives V, else small.</param>
/// <param name="chain">The grid whose variances they are; null: the one that is walked.</param>
internal sealed class Ddpm(NoiseSchedule q, Variance? variance = null, TimeGrid? chain = null) : StepSampler
{
    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z) => Step(D, x, new TimeGrid([t, s]), 0, z);

    /// <inheritdoc/>
    protected override Tensor Step(Denoiser D, Tensor x, TimeGrid grid, int i, INoise z)
    {
        var (t, s) = (grid.Times[i], grid.Times[i + 1]);
        var d = D(x, t);
        var p = q.Posterior(s, t);
        var mean = p.OfX0 * d.X0 + p.OfXt * x;
        if (s == 0 && d.Gradient is null)
        {
            return mean;
        }

        var all = chain ?? grid;
        var reverse = new ReverseVariance(q, variance, all.Times[^2], all.Steps > 1 ? all.Times[^3] : all.Times[^2]);
        var logVariance = reverse.Log(Times.All(s, x.shape[0]), Times.All(t, x.shape[0]), d.V, x);
        if (d.Gradient is { } gradient)
        {
            // The small variance of the last step is 0; only its logarithm has a stand-in.
            var small = s == 0 && (variance ?? (d.V is null ? Variance.Small : Variance.Learned)) == Variance.Small;
            mean = small ? mean : mean + exp(logVariance) * gradient;
        }

        return s == 0 ? mean : mean + exp(0.5 * logVariance) * z.Normal(x);
    }
}

/// <summary>DDPM's ancestral sampler; wants many steps (250 and more) unless the variance is learned.</summary>
[Kind("ddpm")]
public sealed record DdpmOptions : SamplerOptions
{
    /// <summary>small (beta-tilde), large (beta) or learned; by default learned where the model learned it, else small.</summary>
    public Variance? Variance { get; init; }

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Ddpm(Noisy(process, "ddpm"), Variance);
}
