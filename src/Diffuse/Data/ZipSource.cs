using System.Collections.Concurrent;
using System.IO.Compression;
using Diffuse.Configuration;

namespace Diffuse.Data;

/// <summary>A zip of what <see cref="FolderSource"/> reads.</summary>
[Kind("zip")]
internal sealed class ZipSource : SourceKind
{
    public override string LooksFor => "a .zip with images in it";

    public override bool Recognizes(string path) =>
        File.Exists(path) && Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase);

    public override IImageSource Open(string path) => File.Exists(path)
        ? new TreeImages(new ZipTree(path), path)
        : throw Problem.OfPath($"{path} is a folder; kind zip needs {LooksFor}");
}

/// <summary>
/// An archive can be read by one thread only, so each reader takes one of its own from a pool that grows to as many as read at once.
/// </summary>
internal sealed class ZipTree : IFileTree
{
    private readonly ConcurrentBag<ZipArchive> idle = [];
    private readonly string path;

    public ZipTree(string path)
    {
        this.path = path;
        var archive = Take();
        Files = [.. archive.Entries
            .Select((entry, i) => new TreeFile(entry.FullName.Replace('\\', '/'), entry.Length, $"{entry.Length} {entry.Crc32:x8}", i))
            .Where(file => IFileTree.IsVisible(file.Path))
            .OrderBy(file => file.Path, StringComparer.Ordinal)];
        idle.Add(archive);
    }

    public IReadOnlyList<TreeFile> Files { get; }

    public byte[] Read(TreeFile file)
    {
        var archive = Take();
        try
        {
            using var entry = archive.Entries[file.Entry].Open();
            return Unpacked(entry, file.Size);
        }
        finally
        {
            idle.Add(archive);
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out var archive))
        {
            archive.Dispose();
        }
    }

    /// <summary>The size in the directory is a claim: memory grows with what is there, and no further than the claim.</summary>
    private static byte[] Unpacked(Stream entry, long size)
    {
        using var unpacked = new MemoryStream((int)Math.Min(size, 1 << 20));
        var buffer = new byte[1 << 16];
        for (int read; unpacked.Length <= size && (read = entry.Read(buffer)) > 0;)
        {
            unpacked.Write(buffer, 0, read);
        }

        return unpacked.Length == size
            ? unpacked.ToArray()
            : throw new InvalidDataException($"not the {size} bytes that the archive lists");
    }

    private ZipArchive Take() => idle.TryTake(out var archive) ? archive : ZipFile.OpenRead(path);
}
