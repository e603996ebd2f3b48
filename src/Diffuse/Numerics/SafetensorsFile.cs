using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// A safetensors file opened for reading. The header is read and checked at once, tensors only when asked for, one by one. Nothing in the
/// file is executed, and nothing is allocated that the file is too short to fill.
/// </summary>
public sealed class SafetensorsFile : TensorFile
{
    private const int ChunkElements = 1 << 24;

    private readonly SafeFileHandle handle;
    private readonly long dataStart;
    private readonly Dictionary<string, SafetensorsEntry> entries;

    private SafetensorsFile(string path, SafeFileHandle handle)
        : base(path)
    {
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
    public static new SafetensorsFile Open(string path)
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

    /// <inheritdoc/>
    public override IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <inheritdoc/>
    public override bool Contains(string name) => entries.ContainsKey(name);

    /// <inheritdoc/>
    public override long[] ShapeOf(string name) => Find(name).Shape;

    /// <inheritdoc/>
    public override Tensor Read(string name)
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

    /// <inheritdoc/>
    public override void Dispose() => handle.Dispose();

    private SafetensorsEntry Find(string name) => entries.GetValueOrDefault(name) ?? throw Missing(name);

    /// <summary>Without a second tensor, so that no more memory is taken than the model's own.</summary>
    private protected override void Copy(string name, Tensor destination)
    {
        if (destination.is_contiguous())
        {
            Fill(destination, Find(name));
        }
        else
        {
            base.Copy(name, destination);
        }
    }

    /// <summary>In chunks, because a span of bytes ends at 2 GiB, and so that a conversion takes no more memory than one.</summary>
    /// <param name="tensor">Contiguous, of any type and on any device.</param>
    private void Fill(Tensor tensor, SafetensorsEntry entry)
    {
        var asStored = tensor.dtype == entry.Type && tensor.device_type == DeviceType.CPU;
        using var flat = tensor.view(-1);
        for (var start = 0L; start < flat.NumberOfElements; start += ChunkElements)
        {
            using var to = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start));
            if (asStored)
            {
                FillChunk(to, entry, start);
                continue;
            }

            using var chunk = empty(to.shape, entry.Type);
            FillChunk(chunk, entry, start);
            to.copy_(chunk);
        }
    }

    /// <param name="start">Elements of the tensor before it.</param>
    private void FillChunk(Tensor chunk, SafetensorsEntry entry, long start)
    {
        var bytes = chunk.bytes;
        Fill(bytes, dataStart + entry.Begin + start * SafetensorsType.Size(entry.Type));
        if (entry.Type == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            throw new InvalidDataException($"{Path}: tensor '{entry.Name}' holds a BOOL that is neither 0 nor 1");
        }

        GC.KeepAlive(chunk);
    }

    private void Fill(Span<byte> buffer, long position)
    {
        while (!buffer.IsEmpty)
        {
            var count = RandomAccess.Read(handle, buffer, position);
            if (count == 0)
            {
                throw new InvalidDataException($"{Path}: the file ends at byte {position}");
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
