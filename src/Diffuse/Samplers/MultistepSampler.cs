using Diffuse.Denoising;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>A sampler that learns from the estimates at earlier times of its walk. One walk knows nothing of another.</summary>
/// <param name="memory">How many times it looks back on, this one included.</param>
internal abstract class MultistepSampler(int memory) : ISampler
{
    /// <summary>A time that was visited.</summary>
    /// <param name="X">x there.</param>
    /// <param name="M">What is remembered of the denoiser's estimate: the clean image or the noise.</param>
    protected readonly record struct Visit(double T, Tensor X, Tensor M);

    /// <summary>M at time t.</summary>
    protected abstract Tensor Estimate(Denoiser D, Tensor x, double t);

    /// <summary>x at the time after <paramref name="i"/> of the grid.</summary>
    /// <param name="past">This time first, then those before it.</param>
    /// <param name="D">For a start that asks more than once.</param>
    protected abstract Tensor Step(IReadOnlyList<Visit> past, TimeGrid grid, int i, Denoiser D, INoise z);

    /// <summary>A better x at time <paramref name="i"/> of the grid, once the estimate there is known; by default x itself.</summary>
    /// <param name="past">The times before, the last one first; empty at the beginning.</param>
    protected virtual Tensor Correct(Tensor x, Tensor m, IReadOnlyList<Visit> past, TimeGrid grid, int i) => x;

    /// <summary>How often the denoiser is asked along the grid.</summary>
    public virtual int Evaluations(TimeGrid grid) => grid.Steps;

    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z)
    {
        using var noGradients = no_grad();
        using var walk = NewDisposeScope();
        var past = new List<Visit>();
        x = x.alias();
        for (var i = 0; i < grid.Steps; i++)
        {
            using var scope = NewDisposeScope();
            using var before = x;
            var m = Estimate(D, x, grid.Times[i]).alias();
            var corrected = Correct(x, m, past, grid, i).alias();
            past.Insert(0, new(grid.Times[i], corrected.MoveToOuterDisposeScope(), m.MoveToOuterDisposeScope()));
            x = Step(past, grid, i, D, z).alias().MoveToOuterDisposeScope();
            if (past.Count == memory)
            {
                past[^1].X.Dispose();
                past[^1].M.Dispose();
                past.RemoveAt(past.Count - 1);
            }
        }

        return x.MoveToOuterDisposeScope();
    }
}
