using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Noise for one training step: one generator on the training device, seeded from (seed, step).</summary>
public sealed class StepNoise(long seed, long step, Device device) : INoise, IDisposable
{
    private readonly Generator generator = new(Seeds.Of(seed, step), device);

    /// <inheritdoc/>
    public Tensor Normal(Tensor like) => randn(like.shape, like.dtype, like.device, generator: generator);

    public void Dispose() => generator.Dispose();
}
