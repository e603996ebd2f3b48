using System.Buffers.Binary;
using System.IO.Compression;
using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Tests.Imaging;

namespace Diffuse.Tests.Data;

/// <summary>A folder of the test's own, gone when it is disposed, and ways to put data sets into it.</summary>
internal sealed class SomeData : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("diffuse-test-");

    public string Path => folder.FullName;

    /// <summary>What the data set reported.</summary>
    public List<string> Reports { get; } = [];

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public string Write(string path, byte[] content)
    {
        var full = At(path.Split('/'));
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return full;
    }

    public string Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Images 000.png, 001.png, ... of 4x4, each of one grey that is its number.</summary>
    public SomeData WithGreys(int count, string below = "")
    {
        for (var i = 0; i < count; i++)
        {
            Write($"{below}{i:d3}.png", SomeFiles.Plain(new Rgb((byte)i, (byte)i, (byte)i), 4, 4));
        }

        return this;
    }

    /// <summary>The folder in a .zip outside of it.</summary>
    public string Zipped()
    {
        var archive = Path + ".zip";
        File.Delete(archive);
        ZipFile.CreateFromDirectory(Path, archive);
        return archive;
    }

    /// <summary>Opened as grey 4x4 images without held-out ones, unless changed.</summary>
    public DataSet Open(Func<DataOptions, DataOptions>? change = null, long seed = 1)
    {
        var options = new DataOptions { Path = Path, Resolution = new(4, 4), Channels = 1, HeldOut = 0 };
        return DataSet.Open(change?.Invoke(options) ?? options, seed, Reports.Add, At("cache"));
    }

    /// <summary>IDX bytes: the sizes, then the content.</summary>
    public static byte[] Idx(int[] sizes, byte[] content)
    {
        var header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        }

        return [.. header, .. content];
    }

    public static byte[] Gzipped(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    public void Dispose()
    {
        folder.Delete(recursive: true);
        File.Delete(Path + ".zip");
    }
}
