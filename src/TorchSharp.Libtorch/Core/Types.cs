namespace TorchSharp;

public enum DeviceType
{
    CPU = 0, CUDA = 1, MKLDNN = 2, OPENGL = 3, OPENCL = 4, IDEEP = 5, HIP = 6, FPGA = 7, MSNPU = 8, XLA = 9, MPS = 13, META = 14,
}

public enum PaddingModes { Constant, Reflect, Replicate, Circular, Zeros }

public enum Padding { Valid, Same }

public static partial class torch
{
    /// <summary>Element types, with libtorch's numbers.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0, Int8 = 1, Int16 = 2, Int32 = 3, Int64 = 4, Float16 = 5, Float32 = 6, Float64 = 7, ComplexFloat32 = 9, ComplexFloat64 = 10,
        Bool = 11, BFloat16 = 15,
    }

    public enum RoundingMode { None, trunc, floor }

    public enum InterpolationMode { Nearest, Linear, Bilinear, Bicubic, Trilinear, Area, NearestExact }

    public enum UpsampleMode { Nearest, Linear, Bilinear, Bicubic, Trilinear }

    public static ScalarType uint8 = ScalarType.Byte, int8 = ScalarType.Int8, int16 = ScalarType.Int16, int32 = ScalarType.Int32,
        int64 = ScalarType.Int64, float16 = ScalarType.Float16, float32 = ScalarType.Float32, float64 = ScalarType.Float64,
        bfloat16 = ScalarType.BFloat16, @bool = ScalarType.Bool, @short = ScalarType.Int16, @int = ScalarType.Int32,
        @long = ScalarType.Int64, half = ScalarType.Float16, @float = ScalarType.Float32, @double = ScalarType.Float64,
        complex64 = ScalarType.ComplexFloat32, complex128 = ScalarType.ComplexFloat64, cfloat = ScalarType.ComplexFloat32,
        cdouble = ScalarType.ComplexFloat64;

    /// <summary>The element type that holds a .NET type.</summary>
    internal static ScalarType TypeOf(Type type) =>
        type == typeof(float) ? ScalarType.Float32
        : type == typeof(double) ? ScalarType.Float64
        : type == typeof(long) ? ScalarType.Int64
        : type == typeof(int) ? ScalarType.Int32
        : type == typeof(byte) ? ScalarType.Byte
        : type == typeof(bool) ? ScalarType.Bool
        : type == typeof(short) ? ScalarType.Int16
        : type == typeof(sbyte) ? ScalarType.Int8
        : type == typeof(Half) ? ScalarType.Float16
        : type == typeof(System.Numerics.Complex) ? ScalarType.ComplexFloat64
        : type == typeof((float, float)) ? ScalarType.ComplexFloat32
        : throw new NotSupportedException($"no tensor holds elements of type {type.Name}");

    internal static bool IsFloatingPoint(ScalarType type) =>
        type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16;

    internal static bool IsComplex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
}
