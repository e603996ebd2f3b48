using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// The linear multistep method of Adams and Bashforth on dy/dr = eps, y = x / alpha, r = sigma / alpha, for any spacing (k-diffusion's LMS):
///   y_s = y_t + sum_i W_i eps_i,   W_i = int_{r_t}^{r_s} of the polynomial that is 1 at r_i and 0 at the other times of the past.
/// </summary>
internal sealed class Lms(NoiseSchedule q, int order) : MultistepSampler(order)
{
    /// <inheritdoc/>
    protected override Tensor Estimate(Denoiser D, Tensor x, double t) => q.Eps(D, x, t);

    /// <inheritdoc/>
    protected override Tensor Step(IReadOnlyList<Visit> past, TimeGrid grid, int i, Denoiser D, INoise z)
    {
        var (t, s) = (past[0].T, grid.Times[i + 1]);
        var h = q.Ratio(s) - q.Ratio(t);
        var weights = Lagrange.Weights([.. past.Select(visit => (q.Ratio(visit.T) - q.Ratio(t)) / h)], k => 1.0 / (k + 1));
        var mean = past.Zip(weights, (visit, weight) => weight * visit.M).Aggregate((sum, next) => sum + next);
        return q.Transfer(past[0].X, mean, t, s);
    }
}

/// <summary>Linear multistep; 25 steps and more.</summary>
[Kind("lms")]
public sealed record LmsOptions : SamplerOptions
{
    /// <summary>How many estimates a step looks back on, this one included.</summary>
    [Range(1, 4)]
    public int Order { get; init; } = 4;

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process) => new Lms(NoiseRatio.WithSignal(Noisy(process, "lms"), "sampler lms"), Order);
}
