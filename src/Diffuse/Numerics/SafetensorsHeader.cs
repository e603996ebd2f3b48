using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file: 8 bytes with its length (little-endian), then JSON that gives each tensor's type, shape and bytes, and
/// free strings under <c>__metadata__</c>. The tensors cover the rest of the file exactly, without gap or overlap.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The format's own limit; a longer header is an attack or an accident.</summary>
    public const int LongestHeader = 100_000_000;

    public const string MetadataKey = "__metadata__";

    /// <summary>Parses and checks a header against the bytes that really follow it.</summary>
    /// <param name="json">What the length of the first 8 bytes covers.</param>
    /// <param name="dataLength">Bytes of the file after the header.</param>
    /// <exception cref="InvalidDataException">The first rule that the header breaks, with the tensor's name.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        try
        {
            var header = Read(json);
            Check(header.Entries, dataLength);
            return header;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not UTF-8, or half a surrogate pair.
            throw new InvalidDataException($"the header is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The header's bytes, its length in front, padded with spaces so that the data starts at a multiple of 8.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[8]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WritePropertyName(MetadataKey);
                JsonSerializer.Serialize(json, Metadata);
            }

            foreach (var entry in Entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", SafetensorsType.Name(entry.Type));
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, entry.Shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, new[] { entry.Begin, entry.End });
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        var bytes = buffer.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8);
        return bytes;
    }

    private static SafetensorsHeader Read(ReadOnlySpan<byte> bytes)
    {
        var entries = new Dictionary<string, SafetensorsEntry>();
        IReadOnlyDictionary<string, string>? metadata = null;
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 4 });
        json.Read();
        Expect(json.TokenType == JsonTokenType.StartObject, "the header is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (name == MetadataKey)
            {
                Expect(metadata is null, $"{MetadataKey} occurs twice");
                metadata = ReadMetadata(ref json);
            }
            else
            {
                Expect(entries.TryAdd(name, ReadEntry(ref json, name)), $"tensor '{name}' occurs twice");
            }
        }

        Expect(!json.Read(), "text follows the header's JSON object");
        return new SafetensorsHeader([.. entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)], metadata ?? new Dictionary<string, string>());
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader json)
    {
        var metadata = new Dictionary<string, string>();
        json.Read();
        Expect(json.TokenType == JsonTokenType.StartObject, $"{MetadataKey} is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            Expect(json.TokenType == JsonTokenType.String, $"{MetadataKey}: the value of '{key}' is not a string");
            Expect(metadata.TryAdd(key, json.GetString()!), $"{MetadataKey}: '{key}' occurs twice");
        }

        return metadata;
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader json, string name)
    {
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        json.Read();
        Expect(json.TokenType == JsonTokenType.StartObject, $"tensor '{name}' is not a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString();
            json.Read();
            switch (key)
            {
                case "dtype" when type is null && json.TokenType == JsonTokenType.String: type = json.GetString(); break;
                case "shape" when shape is null: shape = ReadNumbers(ref json, $"tensor '{name}': shape"); break;
                case "data_offsets" when offsets is null: offsets = ReadNumbers(ref json, $"tensor '{name}': data_offsets"); break;
                default: throw new InvalidDataException($"tensor '{name}': '{key}' is unknown, occurs twice or has the wrong form");
            }
        }

        Expect(type is not null && shape is not null && offsets is { Length: 2 }, $"tensor '{name}' needs dtype, shape and two data_offsets");
        var scalarType = SafetensorsType.Parse(type!) ??
            throw new InvalidDataException($"tensor '{name}': dtype '{type}' is not one of {SafetensorsType.Names}");
        return new SafetensorsEntry(name, scalarType, shape!, offsets![0], offsets[1]);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader json, string what)
    {
        Expect(json.TokenType == JsonTokenType.StartArray, $"{what} is not a list");
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(
                json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) && number >= 0 && TryAdd(numbers, number),
                $"{what} holds something that is not a whole number from 0 to 2^63 - 1");
        }

        return [.. numbers];
    }

    private static bool TryAdd(List<long> numbers, long number)
    {
        numbers.Add(number);
        return true;
    }

    /// <summary>The entries, sorted by their place, must be as long as type and shape say and cover the data without gap or overlap.</summary>
    private static void Check(IReadOnlyList<SafetensorsEntry> entries, long dataLength)
    {
        var position = 0L;
        foreach (var entry in entries)
        {
            Expect(entry.End >= entry.Begin, $"tensor '{entry.Name}' ends before it begins");
            Expect(entry.End <= dataLength, $"tensor '{entry.Name}' ends at byte {entry.End} of {dataLength}: the file is truncated or the header wrong");
            Expect(entry.Begin >= position, $"tensor '{entry.Name}' overlaps the one before it");
            Expect(entry.Begin <= position, $"{entry.Begin - position} bytes before tensor '{entry.Name}' belong to no tensor");
            var size = ByteCount(entry);
            Expect(
                size == entry.End - entry.Begin,
                $"tensor '{entry.Name}' has {entry.End - entry.Begin} bytes, but {SafetensorsType.Name(entry.Type)} " +
                $"[{string.Join(", ", entry.Shape)}] needs {(size is null ? "more than 2^63" : size.ToString())}");
            position = entry.End;
        }

        Expect(position == dataLength, $"{dataLength - position} bytes at the end belong to no tensor");
    }

    private static long? ByteCount(SafetensorsEntry entry)
    {
        if (entry.Shape.Contains(0))
        {
            return 0;
        }

        var bytes = (Int128)SafetensorsType.Size(entry.Type);
        foreach (var length in entry.Shape)
        {
            bytes *= length;
            if (bytes > long.MaxValue)
            {
                return null;
            }
        }

        return (long)bytes;
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}
