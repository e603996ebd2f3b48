using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Diffuse.Imaging;

/// <summary>
/// Writes PNG (ISO/IEC 15948) with text chunks, and reads the text of any PNG back. Here rather than in the codecs, so that the same
/// image gives the same bytes with either, and a run on raw pixels (IDX, CIFAR) needs no image library at all.
/// </summary>
public static class Png
{
    private static readonly byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] crcTable = CrcTable();

    /// <param name="text">Keyword (1 to 79 Latin-1 characters) and value, for example "seed" and "17".</param>
    public static void Save(string path, Raster image, IReadOnlyDictionary<string, string>? text = null)
    {
        using var file = File.Create(path);
        Write(file, image, text);
    }

    public static void Write(Stream stream, Raster image, IReadOnlyDictionary<string, string>? text = null)
    {
        stream.Write(signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (8, (byte)(image.Channels == 1 ? 0 : 2));
        Chunk(stream, "IHDR", header);
        foreach (var (keyword, value) in text ?? new Dictionary<string, string>())
        {
            // tEXt is Latin-1; iTXt (not compressed, no language, no translated keyword) is UTF-8.
            var international = !Ascii.IsValid(value);
            byte[] separator = international ? [0, 0, 0, 0, 0] : [0];
            byte[] body = [.. Encoding.Latin1.GetBytes(keyword), .. separator, .. Encoding.UTF8.GetBytes(value)];
            Chunk(stream, international ? "iTXt" : "tEXt", body);
        }

        Chunk(stream, "IDAT", Compressed(image));
        Chunk(stream, "IEND", []);
    }

    /// <summary>The text chunks (tEXt and iTXt, compressed ones passed over) by keyword; of equal keywords the last.</summary>
    /// <exception cref="InvalidDataException">Not a PNG, or cut off.</exception>
    public static IReadOnlyDictionary<string, string> ReadText(Stream stream)
    {
        var text = new Dictionary<string, string>();
        var head = new byte[8];
        try
        {
            stream.ReadExactly(head);
            if (!head.AsSpan().SequenceEqual(signature))
            {
                throw new InvalidDataException("not a PNG file");
            }

            for (var type = ""; type != "IEND";)
            {
                stream.ReadExactly(head);
                type = Encoding.ASCII.GetString(head, 4, 4);
                var length = BinaryPrimitives.ReadUInt32BigEndian(head);
                if (type is "tEXt" or "iTXt" && length < 1 << 24)
                {
                    var body = new byte[length];
                    stream.ReadExactly(body);
                    Parse(type, body, text);
                    stream.ReadExactly(head, 0, 4);
                }
                else
                {
                    Skip(stream, length + 4L);
                }
            }

            return text;
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("the PNG file is cut off", e);
        }
    }

    private static void Parse(string type, byte[] body, Dictionary<string, string> text)
    {
        var end = Array.IndexOf(body, (byte)0);
        if (end < 1)
        {
            return;
        }

        var value = body.AsSpan(end + 1);
        var encoding = Encoding.Latin1;
        if (type == "iTXt")
        {
            // Compression flag and method, then language and translated keyword, each ended by a zero.
            var language = value.Length > 2 && value[0] == 0 ? value[2..].IndexOf((byte)0) : -1;
            var translated = language < 0 ? -1 : value[(language + 3)..].IndexOf((byte)0);
            if (translated < 0)
            {
                return;
            }

            value = value[(language + translated + 4)..];
            encoding = Encoding.UTF8;
        }

        text[Encoding.Latin1.GetString(body, 0, end)] = encoding.GetString(value);
    }

    private static void Skip(Stream stream, long count)
    {
        var buffer = new byte[8192];
        while (count > 0)
        {
            var step = (int)Math.Min(count, buffer.Length);
            stream.ReadExactly(buffer, 0, step);
            count -= step;
        }
    }

    internal static void Chunk(Stream stream, string type, ReadOnlySpan<byte> body)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        stream.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        stream.Write(name);
        stream.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(~0u, name), body));
        stream.Write(number);
    }

    /// <summary>Each row with the filter of section 12.8's heuristic: the smallest sum of absolute signed differences.</summary>
    private static byte[] Compressed(Raster image)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            var stride = image.Width * image.Channels;
            var candidate = new byte[1 + stride];
            var best = new byte[1 + stride];
            var above = new byte[stride];
            for (var y = 0; y < image.Height; y++)
            {
                var row = image.Row(y);
                var least = int.MaxValue;
                for (byte filter = 0; filter < 5; filter++)
                {
                    var sum = Apply(filter, row, above, image.Channels, candidate);
                    if (sum < least)
                    {
                        (least, best, candidate) = (sum, candidate, best);
                    }
                }

                zlib.Write(best);
                row.CopyTo(above);
            }
        }

        return compressed.ToArray();
    }

    /// <summary>
    /// None, Sub, Up, Average, Paeth (section 9): <paramref name="filtered"/> gets the filter's number and the differences.
    /// </summary>
    private static int Apply(byte filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int channels, Span<byte> filtered)
    {
        filtered[0] = filter;
        var sum = 0;
        for (var i = 0; i < row.Length; i++)
        {
            int a = i < channels ? 0 : row[i - channels], b = above[i], c = i < channels ? 0 : above[i - channels];
            var difference = (byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => Paeth(a, b, c) });
            filtered[i + 1] = difference;
            sum += Math.Abs((int)(sbyte)difference);
        }

        return sum;
    }

    private static int Paeth(int a, int b, int c)
    {
        var p = a + b - c;
        var (pa, pb, pc) = (Math.Abs(p - a), Math.Abs(p - b), Math.Abs(p - c));
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            crc = crcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return crc;
    }

    private static uint[] CrcTable() => [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var k = 0; k < 8; k++)
        {
            c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        }

        return c;
    })];
}
