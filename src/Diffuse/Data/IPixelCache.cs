namespace Diffuse.Data;

/// <summary>Decoded images by number, all of the same size. Safe for use by several threads at once.</summary>
internal interface IPixelCache : IDisposable
{
    bool Has(int index);

    /// <summary>False where the image is not in it, or is damaged in it.</summary>
    bool TryGet(int index, Span<byte> pixels);

    /// <summary>An image that is in it already may be put again.</summary>
    void Put(int index, ReadOnlySpan<byte> pixels);
}
