using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Diffuse.Numerics;

/// <summary>NumPy's .npz: a zip of .npy arrays. Numbers alone are read; nothing in the file is executed.</summary>
internal sealed class NpzFile : IDisposable
{
    private readonly ZipArchive zip;
    private readonly string path;

    private NpzFile(string path, ZipArchive zip) => (this.path, this.zip) = (path, zip);

    public IEnumerable<string> Names => zip.Entries.Select(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal) ? entry.Name[..^4] : entry.Name);

    /// <exception cref="InvalidDataException">It is no zip.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NpzFile Open(string path) => new(path, ZipFile.OpenRead(path));

    public bool Contains(string name) => zip.GetEntry(name + ".npy") is not null;

    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    public NpyArray Read(string name)
    {
        var entry = zip.GetEntry(name + ".npy") ?? throw new InvalidDataException($"{path} has no array {name}; it has {string.Join(", ", Names)}");
        using var stream = entry.Open();
        return NpyArray.Read(stream, $"{path}: {name}");
    }

    public void Dispose() => zip.Dispose();
}

/// <summary>An array in NumPy's .npy format, row-major.</summary>
/// <param name="Type">Byte order, kind and size, such as <c>|u1</c> or <c>&lt;f8</c>.</param>
internal sealed partial record NpyArray(string Type, IReadOnlyList<int> Shape, byte[] Bytes)
{
    private const int MostHeader = 1 << 16;

    /// <param name="name">For messages.</param>
    /// <exception cref="InvalidDataException">It is no such array, or one of objects, or it ends too early.</exception>
    public static NpyArray Read(Stream stream, string name)
    {
        try
        {
            var start = new byte[8];
            stream.ReadExactly(start);
            if (start[0] != 0x93 || !start.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
            {
                throw new InvalidDataException($"{name} is no NumPy array");
            }

            var wide = start[6] > 1;
            var size = new byte[wide ? 4 : 2];
            stream.ReadExactly(size);
            var length = wide ? BinaryPrimitives.ReadUInt32LittleEndian(size) : BinaryPrimitives.ReadUInt16LittleEndian(size);
            var header = length <= MostHeader ? new byte[length] : throw new InvalidDataException($"{name} has a header of {length} bytes");
            stream.ReadExactly(header);
            var text = Encoding.Latin1.GetString(header);
            var (type, shape) = (TypeText().Match(text).Groups["type"].Value, Shapes(text));
            if (shape is null || text.Contains("'fortran_order': True", StringComparison.Ordinal) || !TypeName().IsMatch(type))
            {
                throw new InvalidDataException($"{name} is {text.Trim()}; read are row-major arrays of numbers");
            }

            // Grows with what is there, whatever the header claims.
            using var all = new MemoryStream();
            stream.CopyTo(all);
            var claimed = shape.Aggregate((Int128)int.Parse(type[2..], CultureInfo.InvariantCulture), (product, side) => product * side);
            return claimed == all.Length
                ? new(type, shape, all.ToArray())
                : throw new InvalidDataException($"{name} claims {claimed} bytes and holds {all.Length}");
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException($"{name} ends in its header");
        }
    }

    /// <exception cref="InvalidDataException">It holds other numbers.</exception>
    public double[] Doubles() => Type switch
    {
        "<f8" => MemoryMarshal.Cast<byte, double>(Bytes).ToArray(),
        "<f4" => [.. MemoryMarshal.Cast<byte, float>(Bytes).ToArray().Select(x => (double)x)],
        _ => throw new InvalidDataException($"found numbers of type {Type}; read are <f8 and <f4"),
    };

    /// <exception cref="InvalidDataException">It holds other numbers.</exception>
    public long[] Integers() => Type switch
    {
        "<i8" => MemoryMarshal.Cast<byte, long>(Bytes).ToArray(),
        "<i4" => [.. MemoryMarshal.Cast<byte, int>(Bytes).ToArray().Select(x => (long)x)],
        "|u1" => [.. Bytes.Select(x => (long)x)],
        _ => throw new InvalidDataException($"found numbers of type {Type}; read are <i8, <i4 and |u1"),
    };

    /// <summary>Null where the header names none, or one too large.</summary>
    private static int[]? Shapes(string header)
    {
        var match = ShapeText().Match(header);
        var sides = match.Groups["sides"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1).ToArray();
        return match.Success && sides.All(side => side >= 0) ? sides : null;
    }

    [GeneratedRegex("'descr': *'(?<type>[^']*)'")]
    private static partial Regex TypeText();

    [GeneratedRegex(@"'shape': *\((?<sides>[0-9, ]*)\)")]
    private static partial Regex ShapeText();

    [GeneratedRegex("^[<|][fiu][1248]$")]
    private static partial Regex TypeName();
}
