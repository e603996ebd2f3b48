using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// The tensors of a file that <c>torch.save</c> wrote, in either of its formats: a zip with a pickle and the bytes of each storage (PyTorch 1.6 and later),
/// or pickles and storages one after the other (before). Nothing in it is executed: tensors, dictionaries, lists, numbers and texts are read, and
/// whatever else the pickle calls is refused. Modules of TorchScript are read as their tensors. Names of nested dictionaries and lists are joined with dots: <c>state_dict.conv.weight</c>.
/// </summary>
public sealed class PyTorchFile : TensorFile
{
    private const int Deepest = 64, MostValues = 1 << 22, Chunk = 1 << 24;

    /// <summary>The first bytes of the older format: protocol 2, then the integer 0x1950a86a20f9469cfc6c in ten bytes.</summary>
    private static readonly byte[] magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    private readonly Stream file;
    private readonly ZipArchive? zip;
    private readonly Dictionary<string, PyTorchView> tensors = [];

    /// <summary>Values that were looked at: one that stands in many places counts in each.</summary>
    private int values;

    /// <summary>The storages that the pickle named.</summary>
    private readonly Dictionary<string, PyTorchStorage> storages = [];

    /// <summary>Where a storage's bytes begin, in the older format.</summary>
    private readonly Dictionary<string, long> starts = [];

    /// <summary>The folder of all entries of the zip.</summary>
    private readonly string folder = "";

    private PyTorchFile(string path, Stream file)
        : base(path)
    {
        this.file = file;
        var legacy = Starts(file, magic);
        file.Position = 0;
        object? content;
        if (legacy)
        {
            content = Sequence();
        }
        else
        {
            zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new InvalidDataException("it is a zip without data.pkl, and no file of torch.save");
            folder = pickle.FullName[..^"data.pkl".Length];
            if (zip.GetEntry(folder + "byteorder") is { } order && Text(order) == "big")
            {
                throw new InvalidDataException("its numbers have the high byte first; read are files of machines with the low byte first");
            }

            using var bytes = new MemoryStream();
            using (var stream = Plain(pickle).Open())
            {
                stream.CopyTo(bytes);
            }

            bytes.Position = 0;
            content = new Pickle(bytes, Called, Persistent).Read();
        }

        Collect("", content, 0);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Names => tensors.Keys;

    /// <summary>Whether the file begins as one of <c>torch.save</c> does.</summary>
    public static bool Is(string path)
    {
        using var file = File.OpenRead(path);
        return Starts(file, magic) || Starts(file, "PK\x03\x04"u8);
    }

    /// <inheritdoc cref="TensorFile.Open"/>
    public static new PyTorchFile Open(string path)
    {
        var file = File.OpenRead(path);
        try
        {
            return new PyTorchFile(path, file);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or OverflowException)
        {
            file.Dispose();
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool Contains(string name) => tensors.ContainsKey(name);

    /// <inheritdoc/>
    public override long[] ShapeOf(string name) => Find(name).Shape;

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        var stored = Find(name);
        Tensor values;
        try
        {
            using var bytes = Bytes(stored.Storage, stored.Offset * SafetensorsType.Size(stored.Storage.Type));
            values = empty(stored.Extent, stored.Storage.Type); // only now: the bytes are there
            for (var start = 0L; start < stored.Extent; start += Chunk)
            {
                bytes.ReadExactly(values.narrow(0, start, Math.Min(Chunk, stored.Extent - start)).bytes);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"{Path}: tensor '{name}': {exception.Message}", exception);
        }

        return values.as_strided(stored.Shape, stored.Strides).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        zip?.Dispose();
        file.Dispose();
    }

    private PyTorchView Find(string name) => tensors.GetValueOrDefault(name) ?? throw Missing(name);

    /// <summary>The older format: a magic number, a version, facts about the machine, the content, the keys of the storages, then for each its length and bytes.</summary>
    private object? Sequence()
    {
        var pickles = new Pickle(file, Called, Persistent);
        _ = pickles.Read() is BigInteger && pickles.Read() is 1001L ? true : throw new InvalidDataException("it is of an unknown version of torch.save");
        if (pickles.Read() is Dictionary<object, object?> machine && machine.GetValueOrDefault("little_endian") is false)
        {
            throw new InvalidDataException("its numbers have the high byte first; read are files of machines with the low byte first");
        }

        var content = pickles.Read();
        foreach (var key in pickles.Read() as List<object?> ?? throw new InvalidDataException("the list of its storages is missing"))
        {
            var storage = storages.GetValueOrDefault(key as string ?? "") ?? throw new InvalidDataException($"storage {key} belongs to no tensor");
            var count = new byte[8];
            file.ReadExactly(count);
            var bytes = storage.Count * SafetensorsType.Size(storage.Type);
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count || bytes > file.Length - file.Position)
            {
                throw new InvalidDataException($"storage {key} of {storage.Count} values is not all there");
            }

            starts[storage.Key] = file.Position;
            file.Position += bytes;
        }

        return content;
    }

    private static object? Called(string name, IReadOnlyList<object?> arguments) => (name, arguments) switch
    {
        ("collections.OrderedDict", []) => new Dictionary<object, object?>(),
        ("torch.Size" or "builtins.set" or "__builtin__.set", [IReadOnlyList<object?> items]) => items,
        (['_', '_', 't', 'o', 'r', 'c', 'h', '_', '_', '.', ..], []) => new Pickle.ScriptObject(),
        ("torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist" or "torch.jit._pickle.build_tensorlist", [IReadOnlyList<object?> items]) => items,
        ("numpy.core.multiarray.scalar" or "numpy.dtype" or "_codecs.encode", _) => null, // numbers of NumPy beside the tensors, which trainers leave there
        ("torch._utils._rebuild_parameter", [PyTorchView tensor, ..]) => tensor,
        ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2", [PyTorchStorage storage, long offset, IReadOnlyList<object?> shape, IReadOnlyList<object?> strides, ..]) =>
            PyTorchView.Of(storage, offset, [.. shape.Select(Number)], [.. strides.Select(Number)]),
        _ => throw new InvalidDataException($"it holds a {name}, which is no tensor, dictionary, number or text; nothing in a file is executed, so it is not read"),
    };

    private static long Number(object? value) => value is long number ? number : throw new InvalidDataException("the shape of a tensor is no list of numbers");

    private object? Persistent(object? id)
    {
        var storage = PyTorchStorage.Of(id);
        return storages.TryAdd(storage.Key, storage) || storages[storage.Key] == storage ? storage : throw new InvalidDataException($"storage {storage.Key} has two types or lengths");
    }

    private void Collect(string name, object? value, int depth)
    {
        if (depth > Deepest || ++values > MostValues)
        {
            throw new InvalidDataException($"it is nested more than {Deepest} deep, or holds more than {MostValues} values");
        }

        var parts = value switch
        {
            Dictionary<object, object?> dictionary => dictionary.Select(pair => (string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{pair.Key}"), pair.Value)),
            IReadOnlyList<object?> list => list.Select((item, i) => ($"{i}", item)),
            _ => [],
        };
        if (value is PyTorchView tensor)
        {
            tensors[name] = tensor;
        }

        foreach (var (part, item) in parts)
        {
            Collect(name.Length == 0 ? part : $"{name}.{part}", item, depth + 1);
        }
    }

    /// <summary>A storage's bytes from one of them on.</summary>
    private Stream Bytes(PyTorchStorage storage, long from)
    {
        if (zip is null)
        {
            var whole = File.OpenRead(Path);
            whole.Position = starts.TryGetValue(storage.Key, out var start) ? start + from : throw new InvalidDataException($"storage {storage.Key} is missing");
            return whole;
        }

        var entry = Plain(zip.GetEntry($"{folder}data/{storage.Key}") ?? throw new InvalidDataException($"storage {storage.Key} is missing"));
        if (entry.Length != storage.Count * SafetensorsType.Size(storage.Type))
        {
            throw new InvalidDataException($"storage {storage.Key} has {entry.Length} bytes; {storage.Count} values of {storage.Type} have another number");
        }

        var stream = entry.Open();
        var skipped = new byte[Math.Min(from, 1 << 16)];
        for (var left = from; left > 0; left -= Math.Min(left, skipped.Length))
        {
            stream.ReadExactly(skipped, 0, (int)Math.Min(left, skipped.Length));
        }

        return stream;
    }

    /// <summary>PyTorch compresses nothing; what is compressed may claim any length.</summary>
    private ZipArchiveEntry Plain(ZipArchiveEntry entry) => entry.CompressedLength == entry.Length && entry.Length <= file.Length
        ? entry
        : throw new InvalidDataException($"{entry.FullName} is compressed; torch.save compresses nothing");

    private string Text(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(Plain(entry).Open());
        return reader.ReadToEnd();
    }

    private static bool Starts(Stream file, ReadOnlySpan<byte> with)
    {
        file.Position = 0;
        var start = new byte[with.Length];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && with.SequenceEqual(start);
    }
}
