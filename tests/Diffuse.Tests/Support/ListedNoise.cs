using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>Feeds draws from a list, in order; a draw too many or one of another shape is an error.</summary>
internal sealed class ListedNoise(IReadOnlyList<Tensor> draws) : INoise
{
    /// <param name="stacked">[K, N, ...]: K draws for a batch of N.</param>
    public ListedNoise(Tensor stacked) : this(Enumerable.Range(0, (int)stacked.shape[0]).Select(i => stacked[i]).ToList())
    {
    }

    /// <summary>How many draws were taken.</summary>
    public int Taken { get; private set; }

    public Tensor Normal(Tensor like)
    {
        Assert.True(Taken < draws.Count, $"only {draws.Count} draws are listed");
        var draw = draws[Taken++];
        Assert.Equal(draw.shape, like.shape);
        return draw.to(like.dtype, copy: true);
    }
}
