namespace TorchSharp;

/// <summary>One argument of an operator, before it is lowered to a <see cref="Value"/>. What it refers to stays reachable.</summary>
internal readonly struct Arg
{
    public readonly object? Reference;
    public readonly long Bits;
    public readonly Tag Tag;

    Arg(Tag tag, object? reference = null, long bits = 0)
    {
        Tag = tag;
        Reference = reference;
        Bits = bits;
    }

    public static Arg None => default;

    /// <summary>The schema's default, for an argument before one that is given.</summary>
    public static Arg Default => new(Tag.Default);

    public static Arg OptionalTensors(torch.Tensor?[] tensors) => new(Tag.OptionalTensorList, tensors);

    public static implicit operator Arg(torch.Tensor? tensor) => tensor is null ? None : new(Tag.Tensor, tensor);
    public static implicit operator Arg(torch.Tensor[] tensors) => new(Tag.TensorList, tensors);
    public static implicit operator Arg(long value) => new(Tag.Int, null, value);
    public static implicit operator Arg(int value) => new(Tag.Int, null, value);
    public static implicit operator Arg(long? value) => value is { } v ? v : None;
    public static implicit operator Arg(double value) => new(Tag.Double, null, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } v ? v : None;
    public static implicit operator Arg(bool value) => new(Tag.Bool, null, value ? 1 : 0);
    public static implicit operator Arg(bool? value) => value is { } v ? v : None;
    public static implicit operator Arg(long[]? values) => values is null ? None : new(Tag.IntList, values);
    public static implicit operator Arg(ReadOnlySpan<long> values) => values.ToArray();
    public static implicit operator Arg(torch.Size size) => size.Shape;
    public static implicit operator Arg((long, long) pair) => new long[] { pair.Item1, pair.Item2 };
    public static implicit operator Arg(double[]? values) => values is null ? None : new(Tag.DoubleList, values);
    public static implicit operator Arg(string? text) => text is null ? None : new(Tag.String, System.Text.Encoding.UTF8.GetBytes(text));
    public static implicit operator Arg(torch.ScalarType type) => (long)type;
    public static implicit operator Arg(torch.ScalarType? type) => type is { } t ? (long)t : None;

    public static implicit operator Arg(Scalar? scalar) => scalar switch
    {
        null => None,
        { Imaginary: not 0 } => new(Tag.Complex, new[] { scalar.Real, scalar.Imaginary }),
        { IsComplex: true } => new(Tag.Complex, new[] { scalar.Real, 0 }),
        _ => new(scalar.Tag, null, scalar.Bits),
    };

    public static implicit operator Arg(torch.Generator? generator) => generator is null ? None : new(Tag.Generator, generator);

    public static implicit operator Arg(torch.Device? device) =>
        device is null ? None : new(Tag.Device, null, (long)device.type << 32 | (uint)device.index);
}
