using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// A safetensors file opened for reading. The header is read and checked at once, tensors only when asked for, one by one. Nothing in the
/// file is executed, and nothing is allocated that the file is too short to fill.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkElements = 1 << 24;

    private readonly string path;
    private readonly SafeFileHandle handle;
    private readonly long dataStart;
    private readonly Dictionary<string, SafetensorsEntry> entries;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        this.path = path;
        this.handle = handle;
        var fileLength = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[8];
        Expect(fileLength >= 8, "too short for a safetensors file");
        Fill(prefix, 0);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        Expect(headerLength <= (ulong)(fileLength - 8), $"the header claims {headerLength} bytes, the file has {fileLength}");
        Expect(headerLength <= SafetensorsHeader.LongestHeader, $"the header claims {headerLength} bytes, allowed are {SafetensorsHeader.LongestHeader}");
        var json = new byte[headerLength];
        Fill(json, 8);
        dataStart = 8 + json.Length;
        var header = SafetensorsHeader.Parse(json, fileLength - dataStart);
        entries = header.Entries.ToDictionary(entry => entry.Name);
        Entries = header.Entries;
        Metadata = header.Metadata;
    }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="InvalidDataException">Names the file, the tensor and the rule of the format that is broken.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = File.OpenHandle(path);
        try
        {
            return new SafetensorsFile(path, handle);
        }
        catch (InvalidDataException exception)
        {
            handle.Dispose();
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>A new tensor on the CPU, of the type that the file holds.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or the file ends early.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var tensor = empty(entry.Shape, entry.Type);
        try
        {
            Fill(tensor, entry);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads into a tensor of the same shape in place, converting to its type and moving to its device.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another shape, or the file ends early.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var entry = Find(name);
        if (!entry.Shape.SequenceEqual(destination.shape))
        {
            throw new InvalidDataException(
                $"{path}: tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", destination.shape)}]");
        }

        using var _ = no_grad();
        using var read = Read(name);
        destination.copy_(read);
    }

    public void Dispose() => handle.Dispose();

    private SafetensorsEntry Find(string name) =>
        entries.GetValueOrDefault(name) ?? throw new InvalidDataException($"{path}: there is no tensor '{name}'");

    /// <summary>In chunks, because a span of bytes ends at 2 GiB.</summary>
    private void Fill(Tensor tensor, SafetensorsEntry entry)
    {
        var size = SafetensorsType.Size(entry.Type);
        using var flat = tensor.view(-1);
        for (var start = 0L; start < flat.NumberOfElements; start += ChunkElements)
        {
            using var chunk = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start));
            var bytes = chunk.bytes;
            Fill(bytes, dataStart + entry.Begin + start * size);
            if (entry.Type == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw new InvalidDataException($"{path}: tensor '{entry.Name}' holds a BOOL that is neither 0 nor 1");
            }

            GC.KeepAlive(chunk);
        }
    }

    private void Fill(Span<byte> buffer, long position)
    {
        while (!buffer.IsEmpty)
        {
            var count = RandomAccess.Read(handle, buffer, position);
            if (count == 0)
            {
                throw new InvalidDataException($"{path}: the file ends at byte {position}");
            }

            buffer = buffer[count..];
            position += count;
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}
