using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Diffuse.Data;

/// <summary>
/// Bytes at offsets, from any thread: of a file as it lies on disk, or of one unpacked into memory when its name ends in .gz.
/// </summary>
internal sealed class RawFile : IDisposable
{
    private readonly SafeFileHandle? handle;
    private readonly byte[] unpacked = [];

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The .gz is damaged.</exception>
    public RawFile(string path)
    {
        Path = path;
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            using var all = new MemoryStream();
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            gzip.CopyTo(all);
            unpacked = all.ToArray();
            Length = unpacked.Length;
        }
        else
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
            Length = RandomAccess.GetLength(handle);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public byte[] Read(long offset, int count)
    {
        if (offset + count > Length)
        {
            throw new EndOfStreamException($"{Path} ends at {Length} bytes");
        }

        if (handle is null)
        {
            return unpacked.AsSpan((int)offset, count).ToArray();
        }

        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var step = RandomAccess.Read(handle, bytes.AsSpan(done), offset + done);
            done += step > 0 ? step : throw new EndOfStreamException($"{Path} became shorter while it was read");
        }

        return bytes;
    }

    public void Dispose() => handle?.Dispose();
}
