using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>What a draw is for: training and validation share no numbers.</summary>
internal enum Purpose
{
    Training,
    Validation,
}

/// <summary>
/// All chance in one micro-batch: noise, times, dropped conditions, dropout. It follows from (seed, purpose, step, micro-batch) alone, so
/// no generator has a state that a checkpoint must hold.
/// </summary>
internal sealed class Draws : IDisposable
{
    private readonly StepNoise noise;

    /// <summary>Also seeds libtorch's own generators, which dropout draws from.</summary>
    public Draws(long seed, Purpose purpose, long step, int microBatch, Device device)
    {
        var own = (long)Seeds.Of(seed, (long)purpose, microBatch);
        noise = new StepNoise(own, step, device);
        Random = Seeds.Random(own, step, 1);
        using var dropout = manual_seed((long)(Seeds.Of(own, step, 2) >> 1));
    }

    public INoise Noise => noise;

    public Random Random { get; }

    public void Dispose() => noise.Dispose();
}
