using System.Buffers.Binary;
using System.Text;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public class SafetensorsTests
{
    /// <summary>[2, 3] float32 at 0..24 and [4] uint8 at 24..28, as another program would write them.</summary>
    private const string GoodHeader =
        """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[4],"data_offsets":[24,28]}}""";

    public static TheoryData<ScalarType> Types =>
    [
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16,
        ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    public static TheoryData<string, string> Hostile => new()
    {
        { "", "not valid JSON" },
        { "[]", "not a JSON object" },
        { "null", "not a JSON object" },
        { "{", "not valid JSON" },
        { GoodHeader + "x", "not valid JSON" },
        { GoodHeader + "{}", "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]},"a":{"dtype":"F32","shape":[0],"data_offsets":[28,28]}}""", "'a' occurs twice" },
        { """{"__metadata__":{"x":1},"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "'x' is not a string" },
        { """{"__metadata__":{"x":"1","x":"2"},"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "'x' occurs twice" },
        { """{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "__metadata__ occurs twice" },
        { """{"__metadata__":[],"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "__metadata__ is not" },
        { """{"a":7}""", "'a' is not a JSON object" },
        { """{"a":{"shape":[7],"data_offsets":[0,28]}}""", "'a' needs dtype" },
        { """{"a":{"dtype":"F32","data_offsets":[0,28]}}""", "'a' needs dtype" },
        { """{"a":{"dtype":"F32","shape":[7]}}""", "'a' needs dtype" },
        { """{"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28],"more":1}}""", "'more' is unknown" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "'dtype' is unknown, occurs twice" },
        { """{"a":{"dtype":"F31","shape":[7],"data_offsets":[0,28]}}""", "dtype 'F31' is not one of F64, F32" },
        { """{"a":{"dtype":32,"shape":[7],"data_offsets":[0,28]}}""", "'dtype'" },
        { """{"a":{"dtype":"F32","shape":7,"data_offsets":[0,28]}}""", "shape is not a list" },
        { """{"a":{"dtype":"F32","shape":[-7],"data_offsets":[0,28]}}""", "not a whole number" },
        { """{"a":{"dtype":"F32","shape":[7.5],"data_offsets":[0,28]}}""", "not a whole number" },
        { """{"a":{"dtype":"F32","shape":["7"],"data_offsets":[0,28]}}""", "not a whole number" },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,28]}}""", "not a whole number" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,28]}}""", "needs more than 2^63" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,28]}}""", "needs more than 2^63" },
        { """{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,28]}}""", "needs 4000000000000" },
        { """{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,28]}}""", "has 28 bytes, but F32 [8] needs 32" },
        { """{"a":{"dtype":"F32","shape":[7],"data_offsets":[0,28,28]}}""", "two data_offsets" },
        { """{"a":{"dtype":"F32","shape":[7],"data_offsets":[28,0]}}""", "ends before it begins" },
        { """{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""", "ends at byte 32 of 28" },
        { """{"a":{"dtype":"F32","shape":[7],"data_offsets":[9223372036854775779,9223372036854775807]}}""", "of 28" },
        { """{"a":{"dtype":"U8","shape":[20],"data_offsets":[0,20]},"b":{"dtype":"U8","shape":[20],"data_offsets":[8,28]}}""", "'b' overlaps" },
        { """{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[16],"data_offsets":[12,28]}}""", "4 bytes before tensor 'b'" },
        { """{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "20 bytes at the end" },
        { "{}", "28 bytes at the end" },
        { """{"a\ud800":{"dtype":"F32","shape":[7],"data_offsets":[0,28]}}""", "not valid JSON" },
    };

    [Theory, MemberData(nameof(Types)), LeaksNoTensors]
    internal void Every_type_comes_back_bit_for_bit(ScalarType type)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var values = tensor(new double[] { 0, 1, -1.5, 100, 1e-3, 1 / 3.0 }, [2, 3]);
        var written = (type is ScalarType.Byte or ScalarType.Bool ? values.abs() : values).to(type);
        Write(folder["t.safetensors"], ("x", written), ("scalar", tensor(1.0).to(type)), ("empty", zeros(0, 3).to(type)));

        using var file = SafetensorsFile.Open(folder["t.safetensors"]);
        var read = file.Read("x");

        Assert.Equal(type, read.dtype);
        Assert.Equal([2, 3], read.shape);
        Assert.Equal(written.bytes.ToArray(), read.bytes.ToArray());
        Assert.Empty(file.Read("scalar").shape);
        Assert.Equal([0, 3], file.Read("empty").shape);
    }

    [Fact]
    public void A_file_of_another_program_is_read()
    {
        using var folder = new TemporaryFolder();
        var data = new byte[28];
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), 2.5f);
        data[27] = 9;
        File.WriteAllBytes(folder["f"], [.. Header(GoodHeader + "   "), .. data]);

        using var file = SafetensorsFile.Open(folder["f"]);
        using var scope = NewDisposeScope();

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["a.weight", "b"], file.Entries.Select(entry => entry.Name));
        Assert.Equal([0, 0, 2.5, 0, 0, 0], Close.Values(file.Read("a.weight")));
        Assert.Equal([0, 0, 0, 9], Close.Values(file.Read("b")));
    }

    [Fact]
    public void What_is_not_contiguous_is_written_in_row_major_order()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var matrix = arange(6, ScalarType.Float32).view(2, 3);
        Write(folder["f"], ("t", matrix.t()), ("part", matrix.narrow(1, 1, 2)));

        using var file = SafetensorsFile.Open(folder["f"]);

        Assert.Equal([0, 3, 1, 4, 2, 5], Close.Values(file.Read("t")));
        Assert.Equal([1, 2, 4, 5], Close.Values(file.Read("part")));
    }

    [Fact]
    public void Data_starts_at_a_multiple_of_eight_and_larger_types_come_first()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder["f"], ("flag", ones(3, ScalarType.Bool)), ("half", ones(3, ScalarType.Float16)), ("double", ones(3, ScalarType.Float64)));

        var bytes = File.ReadAllBytes(folder["f"]);
        using var file = SafetensorsFile.Open(folder["f"]);

        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
        Assert.Equal(["double", "half", "flag"], file.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void Reading_into_a_tensor_converts_its_type()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder["f"], ("x", tensor(new[] { 1.5, -2 })));
        using var file = SafetensorsFile.Open(folder["f"]);
        var into = zeros(2, ScalarType.Float32, requires_grad: true);

        file.ReadInto("x", into);

        Assert.Equal([1.5, -2], Close.Values(into));
        Assert.True(into.requires_grad);
    }

    [Fact]
    public void A_missing_name_and_a_wrong_shape_are_told_with_file_and_tensor()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Write(folder["f"], ("x", zeros(2)));
        using var file = SafetensorsFile.Open(folder["f"]);

        Assert.Equal($"{folder["f"]}: there is no tensor 'y'", Assert.Throws<InvalidDataException>(() => file.Read("y")).Message);
        Assert.Equal(
            $"{folder["f"]}: tensor 'x' has shape [2], expected [3, 1]",
            Assert.Throws<InvalidDataException>(() => file.ReadInto("x", zeros(3, 1))).Message);
    }

    [Fact]
    public void A_name_that_occurs_twice_or_is_reserved_is_not_written()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [KeyValuePair.Create("a", ones(1)), KeyValuePair.Create("a", ones(1))]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Stream.Null, [KeyValuePair.Create("__metadata__", ones(1))]));
    }

    [Fact]
    public void A_type_that_the_format_lacks_is_not_written()
    {
        using var scope = NewDisposeScope();
        var exception = Assert.Throws<NotSupportedException>(
            () => SafetensorsWriter.Write(Stream.Null, [KeyValuePair.Create("a", ones(1).to(ScalarType.ComplexFloat32))]));
        Assert.Contains("F64, F32", exception.Message);
    }

    [Fact]
    public void A_BOOL_that_is_neither_0_nor_1_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["f"], [.. Header("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"""), 1, 2]);
        using var file = SafetensorsFile.Open(folder["f"]);

        Assert.Contains("tensor 'a' holds a BOOL", Assert.Throws<InvalidDataException>(() => file.Read("a")).Message);
    }

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_header_is_refused_with_file_and_reason(string header, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["f"], [.. Header(header), .. new byte[28]]);

        var message = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(folder["f"])).Message;

        Assert.StartsWith(folder["f"] + ": ", message);
        Assert.Contains(reason, message);
    }

    [Theory]
    [InlineData(0, 0UL)]
    [InlineData(7, 0UL)]
    [InlineData(8, 1UL)]
    [InlineData(100, 93UL)]
    [InlineData(100, 100_000_001UL)]
    [InlineData(100, ulong.MaxValue)]
    [InlineData(100, 1UL << 63)]
    public void A_claimed_length_that_the_file_lacks_is_refused_without_allocating_it(int fileLength, ulong claimed)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[Math.Max(fileLength, 8)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(folder["f"], bytes[..fileLength]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(folder["f"]));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["f"], [.. Header(GoodHeader), .. new byte[27]]);

        Assert.Contains("tensor 'b' ends at byte 28 of 27", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(folder["f"])).Message);
    }

    /// <summary>Whatever happens to a header, it is read or refused: no other exception, nothing outside the data, no large allocation.</summary>
    [Fact]
    public void Mutated_headers_are_read_or_refused()
    {
        const int DataLength = 28;
        var random = new Random(1);
        var good = Encoding.UTF8.GetBytes(GoodHeader);
        byte[][] pieces = [.. new[] { "-1", "1e9", "9223372036854775807", "18446744073709551616", "\"", "{", "}", "[", "]", ",", ":", "\\u0000", "F64", "\xff", "null" }
            .Select(Encoding.Latin1.GetBytes)];
        var (read, refused) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var trial = 0; trial < 20_000; trial++)
        {
            var bytes = good.ToList();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at)); break;
                    case 2: bytes.InsertRange(at, pieces[random.Next(pieces.Length)]); break;
                    default: bytes[at] = (byte)('0' + random.Next(10)); break;
                }
            }

            try
            {
                var header = SafetensorsHeader.Parse(bytes.ToArray(), DataLength);
                Assert.Equal(DataLength, header.Entries.Sum(entry => entry.End - entry.Begin));
                Assert.All(header.Entries, entry => Assert.InRange(entry.End, entry.Begin, DataLength));
                read++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(read, 100, 20_000);
        Assert.InRange(refused, 10_000, 20_000);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 20_000, 0, 50_000);
    }

    private static byte[] Header(string json)
    {
        var text = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    private static void Write(string path, params (string Name, Tensor Tensor)[] tensors)
    {
        using var file = File.Create(path);
        SafetensorsWriter.Write(file, tensors.Select(pair => KeyValuePair.Create(pair.Name, pair.Tensor)));
    }
}
