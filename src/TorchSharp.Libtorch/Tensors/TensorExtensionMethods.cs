using System.Globalization;
using System.Numerics;

namespace TorchSharp;

public enum TensorStringStyle { Default, Julia, Numpy, CSharp, Metadata }

/// <summary>Single elements as numbers, tensors as text and on disk.</summary>
public static class TensorExtensionMethods
{
    public static int ElementSize(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Bool => 1,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 => 4,
        torch.ScalarType.Int64 or torch.ScalarType.Float64 or torch.ScalarType.ComplexFloat32 => 8,
        torch.ScalarType.ComplexFloat64 => 16,
        _ => throw new NotSupportedException($"no size is known of {type}"),
    };

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, n) => product * n);

    public static Modules.Parameter AsParameter(this torch.Tensor tensor) => new(tensor);

    public static byte ToByte(this torch.Tensor value) => value.ToScalar().ToByte();
    public static sbyte ToSByte(this torch.Tensor value) => value.ToScalar().ToSByte();
    public static short ToInt16(this torch.Tensor value) => value.ToScalar().ToInt16();
    public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static Half ToHalf(this torch.Tensor value) => value.ToScalar().ToHalf();
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();
    public static Complex ToComplexFloat64(this torch.Tensor value) => value.ToScalar().ToComplexFloat64();

    /// <summary>A line of type, device and shape; for one of the other styles the elements as well.</summary>
    public static string str(
        this torch.Tensor tensor, string? fltFormat = null, int? width = null, string? newLine = null, CultureInfo? cultureInfo = null,
        TensorStringStyle style = TensorStringStyle.Default)
    {
        if (tensor.IsInvalid) return "<disposed tensor>";
        string head = tensor.metastr();
        if (style is TensorStringStyle.Default or TensorStringStyle.Metadata) return head;
        using var elements = tensor.detach().to(torch.ScalarType.Float64, torch.CPU);
        var texts = elements.data<double>().Select(v => v.ToString(fltFormat ?? "g5", cultureInfo ?? CultureInfo.InvariantCulture));
        return head + (newLine ?? Environment.NewLine) + "[" + string.Join(", ", texts) + "]";
    }

    public static string metastr(this torch.Tensor tensor) =>
        $"[{string.Join("x", tensor.shape)}], type = {tensor.dtype}, device = {tensor.device}";
}
