using System.Numerics;

namespace TorchSharp;

/// <summary>A number with its element type, as operators take it. It holds no native memory and belongs to no scope.</summary>
public sealed class Scalar : IDisposable
{
    Scalar(torch.ScalarType type, Tag tag, long bits)
    {
        Type = type;
        Tag = tag;
        Bits = bits;
    }

    Scalar(torch.ScalarType type, double real, double imaginary = 0)
        : this(type, Tag.Double, BitConverter.DoubleToInt64Bits(real)) => Imaginary = imaginary;

    public torch.ScalarType Type { get; }

    internal Tag Tag { get; }

    internal long Bits { get; }

    internal double Imaginary { get; }

    internal bool IsComplex => torch.IsComplex(Type);

    // A bool counts as a whole number, as in TorchSharp.
    internal bool IsIntegral => Tag is Tag.Int or Tag.Bool;

    internal double Real => Tag == Tag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Integer => Tag == Tag.Double ? (long)Real : Bits;

    public void Dispose()
    {
    }

    /// <summary>The same number under another type of the same kind.</summary>
    internal Scalar Of(torch.ScalarType type) => new(type, Tag, Bits);

    internal static Scalar BFloat16(float value) => new(torch.ScalarType.BFloat16, value);

    public static implicit operator Scalar(byte value) => new(torch.ScalarType.Byte, Tag.Int, value);
    public static implicit operator Scalar(sbyte value) => new(torch.ScalarType.Int8, Tag.Int, value);
    public static implicit operator Scalar(short value) => new(torch.ScalarType.Int16, Tag.Int, value);
    public static implicit operator Scalar(int value) => new(torch.ScalarType.Int32, Tag.Int, value);
    public static implicit operator Scalar(long value) => new(torch.ScalarType.Int64, Tag.Int, value);
    public static implicit operator Scalar(float value) => new(torch.ScalarType.Float32, value);
    public static implicit operator Scalar(double value) => new(torch.ScalarType.Float64, value);
    public static implicit operator Scalar(Half value) => new(torch.ScalarType.Float16, (double)value);
    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, Tag.Bool, value ? 1 : 0);
    public static implicit operator Scalar((float, float) value) => new(torch.ScalarType.ComplexFloat32, value.Item1, value.Item2);
    public static implicit operator Scalar(Complex value) => new(torch.ScalarType.ComplexFloat64, value.Real, value.Imaginary);
}

/// <summary>Conversions between numbers and <see cref="Scalar"/>.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this sbyte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this Half value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static Scalar ToScalar(this (float, float) value) => value;
    public static Scalar ToScalar(this Complex value) => value;
    public static Scalar ToBFloat16Scalar(this float value) => Scalar.BFloat16(value);

    public static byte ToByte(this Scalar value) => (byte)value.Integer;
    public static sbyte ToSByte(this Scalar value) => (sbyte)value.Integer;
    public static short ToInt16(this Scalar value) => (short)value.Integer;
    public static int ToInt32(this Scalar value) => (int)value.Integer;
    public static long ToInt64(this Scalar value) => value.Integer;
    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static double ToDouble(this Scalar value) => value.Real;
    public static Half ToHalf(this Scalar value) => (Half)value.Real;
    public static bool ToBoolean(this Scalar value) => value.Real != 0;
    public static (float Real, float Imaginary) ToComplexFloat32(this Scalar value) => ((float)value.Real, (float)value.Imaginary);
    public static Complex ToComplexFloat64(this Scalar value) => new(value.Real, value.Imaginary);
}
