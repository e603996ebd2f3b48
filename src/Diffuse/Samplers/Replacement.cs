using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Inpainting by a model that was never trained for it (Lugmayr et al. 2022, RePaint, algorithm 1): after every step of another sampler the
/// known pixels are replaced by x0 noised to that time, and each step is repeated, its result noised back in between, so that what is made up
/// comes to fit what is known.
/// </summary>
/// <param name="inner">Any sampler whose steps need nothing of the steps before.</param>
/// <param name="x0">[N, C, H, W] the known image.</param>
/// <param name="unknown">[N or 1, 1, H, W], 1 where it is to be made up.</param>
/// <param name="repeats">U, how often each step is taken; 1: plain replacement (Song et al. 2021, appendix I.2).</param>
internal sealed class Replacement(ISampler inner, NoiseSchedule q, Tensor x0, Tensor unknown, int repeats) : ISampler
{
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
                var made = inner.Sample(D, x, One(grid, i), z);
                x = unknown * made + (1 - unknown) * (s > 0 ? q.Alpha(s) * x0 + q.Sigma(s) * z.Normal(x0) : x0);
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

    private static TimeGrid One(TimeGrid grid, int i) => new([grid.Times[i], grid.Times[i + 1]]);
}
