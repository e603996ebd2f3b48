using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>The element types of the safetensors format that libtorch can hold, by their names in a header.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, ScalarType Type, int Size)[] Known =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    public static ScalarType? Parse(string name) => Known.Where(known => known.Name == name).Select(known => (ScalarType?)known.Type).FirstOrDefault();

    /// <summary>Bytes of one element.</summary>
    public static int Size(ScalarType type) => Find(type).Size;

    public static string Name(ScalarType type) => Find(type).Name;

    private static (string Name, ScalarType Type, int Size) Find(ScalarType type) =>
        Array.Find(Known, known => known.Type == type) is { Name: not null } found
            ? found
            : throw new NotSupportedException($"safetensors files hold no {type}; they hold {Names}");
}
