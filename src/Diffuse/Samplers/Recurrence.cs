using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Takes every step of another sampler several times, its result noised back in between (Lugmayr et al. 2022; Bansal et al. 2023: per-step
/// self-recurrence), so that guidance or known pixels have time to be heard. The law of the exact denoiser stays what it is.
/// </summary>
/// <param name="inner">Any sampler whose steps need nothing of the steps before.</param>
/// <param name="repeats">How often each step is taken; the one onto clean data is taken once.</param>
internal class Recurrence(ISampler inner, NoiseSchedule q, int repeats) : ISampler
{
    protected NoiseSchedule Q => q;

    /// <inheritdoc/>
    public int Evaluations(TimeGrid grid) => Enumerable.Range(0, grid.Steps)
        .Sum(i => inner.Evaluations(One(grid, i)) * (grid.Times[i + 1] > 0 ? repeats : 1));

    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z)
    {
        using var noGradients = no_grad();
        x = x.alias();
        for (var i = 0; i < grid.Steps; i++)
        {
            var (t, s) = (grid.Times[i], grid.Times[i + 1]);
            for (var u = s > 0 ? repeats : 1; u > 0; u--)
            {
                using var scope = NewDisposeScope();
                using var before = x;
                x = After(inner.Sample(D, x, One(grid, i), z), s, z);
                if (u > 1)
                {
                    var up = q.Between(s, t);
                    x = up.Scale * x + Math.Sqrt(up.Variance) * z.Normal(x);
                }

                x = x.MoveToOuterDisposeScope();
            }
        }

        return x;
    }

    /// <summary>What becomes of x at time s after each step.</summary>
    protected virtual Tensor After(Tensor x, double s, INoise z) => x;

    private static TimeGrid One(TimeGrid grid, int i) => new([grid.Times[i], grid.Times[i + 1]]);
}
