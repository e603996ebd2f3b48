namespace Diffuse.Data;

/// <summary>Decoded images in memory.</summary>
internal sealed class MemoryCache(int count) : IPixelCache
{
    private readonly byte[]?[] images = new byte[]?[count];

    public bool Has(int index) => Volatile.Read(ref images[index]) is not null;

    public bool TryGet(int index, Span<byte> pixels)
    {
        if (Volatile.Read(ref images[index]) is not { } image)
        {
            return false;
        }

        image.CopyTo(pixels);
        return true;
    }

    public void Put(int index, ReadOnlySpan<byte> pixels) => Volatile.Write(ref images[index], pixels.ToArray());

    public void Dispose()
    {
    }
}
