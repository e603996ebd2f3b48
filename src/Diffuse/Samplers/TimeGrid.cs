namespace Diffuse.Samplers;

/// <summary>The times that a sampler visits, in visiting order: from noise down to data, or up where a sampler encodes. A grid of n + 1 times has n steps.</summary>
public sealed record TimeGrid(IReadOnlyList<double> Times)
{
    public int Steps => Times.Count - 1;
}
