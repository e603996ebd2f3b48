using System.Text.Json;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>A value inside a reference case: an object, a list, a number (infinities are "inf" and "-inf"), a text or a tensor.</summary>
internal readonly record struct ReferenceValue(JsonElement Json)
{
    /// <summary>A member; a name that the object lacks is an error that lists the names it has.</summary>
    public ReferenceValue this[string name] => Json.TryGetProperty(name, out var member)
        ? new(member)
        : throw new KeyNotFoundException($"no \"{name}\" among {string.Join(", ", Names)}");

    public ReferenceValue this[int index] => new(Json[index]);

    public IEnumerable<string> Names => Json.EnumerateObject().Select(member => member.Name);

    public IEnumerable<ReferenceValue> Items => Json.EnumerateArray().Select(item => new ReferenceValue(item));

    public string Text => Json.GetString()!;

    public bool Flag => Json.GetBoolean();

    public int Integer => Json.GetInt32();

    public long Long => Json.GetInt64();

    public double Number => Json.ValueKind == JsonValueKind.String
        ? Text switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            var other => throw new FormatException($"\"{other}\" is no number"),
        }
        : Json.GetDouble();

    /// <summary>A list of numbers, or the data of a tensor in row-major order.</summary>
    public double[] Numbers => (IsTensor ? this["data"] : this).Items.Select(item => item.Number).ToArray();

    public long[] Longs => (IsTensor ? this["data"] : this).Items.Select(item => item.Long).ToArray();

    public int[] Integers => (IsTensor ? this["data"] : this).Items.Select(item => item.Integer).ToArray();

    /// <summary>The shape of a tensor; a list is a vector.</summary>
    public long[] Shape => IsTensor ? this["shape"].Longs : [Json.GetArrayLength()];

    public bool IsTensor => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("shape", out _) && Json.TryGetProperty("data", out _);

    public bool IsNull => Json.ValueKind == JsonValueKind.Null;

    /// <summary>Whether the object has the member, and not as null.</summary>
    public bool Has(string name) => Json.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null;

    /// <summary>The tensor or vector in float64, unless another type is asked for.</summary>
    public Tensor Tensor(ScalarType type = ScalarType.Float64) => type == ScalarType.Int64
        ? tensor(Longs, Shape)
        : tensor(Numbers, Shape, dtype: type);

    /// <summary>Images listed as bytes, scaled to x0 = byte / 127.5 - 1.</summary>
    public Tensor Scaled(ScalarType type = ScalarType.Float64) => tensor(Numbers.Select(b => b / 127.5 - 1).ToArray(), Shape, dtype: type);
}
