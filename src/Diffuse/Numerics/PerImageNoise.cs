using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// Noise for sampling: each image of the batch has its own CPU generator, seeded from (seed, the image's number). Image k is then the same
/// for every batch size and on every device. Always drawn in float32.
/// </summary>
public sealed class PerImageNoise(long seed, IReadOnlyList<long> images) : INoise, IDisposable
{
    private readonly Generator[] generators = [.. images.Select(image => new Generator(Seeds.Of(seed, image)))];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The first dimension is not the number of images.</exception>
    public Tensor Normal(Tensor like)
    {
        var shape = like.shape;
        if (shape[0] != generators.Length)
        {
            throw new ArgumentException($"noise for {generators.Length} images, asked for {shape[0]}", nameof(like));
        }

        using var scope = NewDisposeScope();
        var draws = generators.Select(generator => randn(shape[1..], ScalarType.Float32, generator: generator)).ToList();
        return stack(draws).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var generator in generators)
        {
            generator.Dispose();
        }
    }
}
