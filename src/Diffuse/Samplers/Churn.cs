using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Noise before each step of another sampler, which corrects the errors of the steps before (Karras et al. 2022, algorithm 2): where r = sigma/alpha is
/// in [min, max], x_t goes up the forward process to the time of r (1 + gamma), gamma = min(churn/N, sqrt(2) - 1), and the step starts there. N is
/// the number of steps of the grid. Nothing goes above the process's end.
/// </summary>
/// <param name="inner">A sampler without memory between its steps.</param>
/// <param name="noise">S_noise, the standard deviation of what is drawn.</param>
internal sealed class Churn(NoiseSchedule q, StepSampler inner, double churn, double min, double max, double noise) : ISampler
{
    /// <inheritdoc/>
    public int Evaluations(TimeGrid grid) => inner.Evaluations(grid);

    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z)
    {
        using var noGradients = no_grad();
        var gamma = Math.Min(churn / grid.Steps, Math.Sqrt(2) - 1);
        x = x.alias();
        for (var i = 0; i < grid.Steps; i++)
        {
            using var scope = NewDisposeScope();
            using var before = x;
            var (t, s) = (grid.Times[i], grid.Times[i + 1]);
            var r = q.Ratio(t);
            var raised = min <= r && r <= max ? q.TimeOf(q.LogSnr(t) - 2 * Math.Log(1 + gamma)) : t;
            x = inner.Sample(D, raised > t ? Up(x, t, raised, z) : x, new TimeGrid([Math.Max(t, raised), s]), z).MoveToOuterDisposeScope();
        }

        return x;
    }

    private Tensor Up(Tensor x, double t, double raised, INoise z)
    {
        var up = q.Between(t, raised);
        return up.Scale * x + noise * Math.Sqrt(up.Variance) * z.Normal(x);
    }
}
