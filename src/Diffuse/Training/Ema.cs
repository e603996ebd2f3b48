using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// The exponential moving average of the trained weights (never of buffers), by half-life in images (Karras et al. 2022): a step of B
/// images keeps the share 0.5^(B / half-life) of the average.
/// </summary>
internal sealed class Ema : IDisposable
{
    private readonly FlatParameters parameters;

    public Ema(FlatParameters parameters)
    {
        this.parameters = parameters;
        Values = parameters.Values.clone().DetachFromDisposeScope();
    }

    public Tensor Values { get; }

    /// <summary>The share that a step keeps.</summary>
    /// <param name="images">Seen before the step.</param>
    /// <param name="warmup">The half-life is at most this share of the images seen, so that the first steps count little; 0: no limit.</param>
    public static double Decay(long images, int batch, double halfLife, double warmup)
    {
        var shortened = warmup > 0 ? Math.Min(halfLife, images * warmup) : halfLife;
        return Math.Pow(0.5, batch / Math.Max(shortened, 1e-8));
    }

    public void Update(double decay)
    {
        using var _ = no_grad();
        Values.mul_(decay).add_(parameters.Values, alpha: 1 - decay);
    }

    /// <summary>Puts the average in the place of the weights until the result is disposed of.</summary>
    public IDisposable InPlaceOfWeights() => new Swap(this);

    public void Dispose() => Values.Dispose();

    private sealed class Swap : IDisposable
    {
        private readonly Tensor weights;
        private readonly Tensor saved;

        public Swap(Ema ema)
        {
            using var _ = no_grad();
            weights = ema.parameters.Values;
            saved = weights.clone().DetachFromDisposeScope();
            weights.copy_(ema.Values);
        }

        public void Dispose()
        {
            using var _ = no_grad();
            weights.copy_(saved);
            saved.Dispose();
        }
    }
}
