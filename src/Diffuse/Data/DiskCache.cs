using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Diffuse.Data;

/// <summary>
/// Decoded images in a file, for data sets larger than memory: a head with the data's fingerprint, a checksum for each image (0: not
/// there yet), then the images. An image counts only while its checksum holds, so the file is good at every instant: it may be left half
/// filled, lose power in mid-write, and be filled by several runs at once. The operating system's page cache keeps what fits into memory.
/// </summary>
/// <remarks>Read and written by offset instead of mapped: a full or failing disk is then an error and not the end of the
/// process.</remarks>
internal sealed class DiskCache : IPixelCache
{
    private const int HeadBytes = 4096;
    private static ReadOnlySpan<byte> Magic => "diffuse pixels 1"u8;

    private readonly SafeFileHandle file;
    private readonly uint[] checksums;
    private readonly int imageBytes;
    private readonly Action<string> report;
    private int failed;

    private DiskCache(SafeFileHandle file, int count, int imageBytes, Action<string> report)
    {
        (this.file, this.imageBytes, this.report) = (file, imageBytes, report);
        checksums = new uint[count];
        RandomAccess.Read(file, MemoryMarshal.AsBytes(checksums.AsSpan()), HeadBytes);
    }

    private long ImagesStart => HeadBytes + 4L * checksums.Length;

    /// <summary>The file of this fingerprint in the folder, made where it is missing; null, with a report, where that cannot be.</summary>
    /// <param name="fingerprint">Hexadecimal, of the data and of how they are decoded.</param>
    /// <param name="report">Told in a sentence what a person should know.</param>
    public static DiskCache? Open(string folder, string fingerprint, int count, int imageBytes, Action<string> report)
    {
        var path = Path.Combine(folder, fingerprint + ".pixels");
        var size = HeadBytes + count * (4L + imageBytes);
        SafeFileHandle? file = null;
        try
        {
            Directory.CreateDirectory(folder);
            var missing = size - (File.Exists(path) ? new FileInfo(path).Length : 0);
            if (missing > 0 && new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace < missing + (64 << 20))
            {
                report($"{folder} has no room for the {size >> 20} MB of decoded images: every image is decoded again each time");
                return null;
            }

            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            byte[] head = [.. Magic, .. Convert.FromHexString(fingerprint)];
            var there = new byte[head.Length];
            RandomAccess.Read(file, there, 0);
            if (RandomAccess.GetLength(file) != size || !there.SequenceEqual(head))
            {
                RandomAccess.SetLength(file, 0);
                RandomAccess.SetLength(file, size);
                RandomAccess.Write(file, head, 0);
            }

            var cache = new DiskCache(file, count, imageBytes, report);
            report($"decoded images are kept in {path} ({size >> 20} MB, {cache.checksums.Count(sum => sum != 0)} of {count} are there)");
            return cache;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            report($"decoded images cannot be kept in {path} ({e.Message}): every image is decoded again each time");
            return null;
        }
    }

    public bool Has(int index) => Volatile.Read(ref checksums[index]) != 0;

    public bool TryGet(int index, Span<byte> pixels)
    {
        var expected = Volatile.Read(ref checksums[index]);
        try
        {
            return expected != 0 && RandomAccess.Read(file, pixels, Offset(index)) == imageBytes && Checksum(pixels) == expected;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Put(int index, ReadOnlySpan<byte> pixels)
    {
        if (Volatile.Read(ref failed) != 0)
        {
            return;
        }

        try
        {
            var sum = Checksum(pixels);
            RandomAccess.Write(file, pixels, Offset(index));
            RandomAccess.Write(file, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in sum)), HeadBytes + 4L * index);
            Volatile.Write(ref checksums[index], sum);
        }
        catch (IOException e)
        {
            if (Interlocked.Exchange(ref failed, 1) == 0)
            {
                report($"decoded images are no longer kept: {e.Message}");
            }
        }
    }

    public void Dispose() => file.Dispose();

    private long Offset(int index) => ImagesStart + (long)index * imageBytes;

    private static uint Checksum(ReadOnlySpan<byte> pixels) => Math.Max(Crc32C.Of(pixels), 1);
}
