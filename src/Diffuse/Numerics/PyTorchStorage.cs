using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>The values that tensors of a file of <c>torch.save</c> are views of.</summary>
/// <param name="Count">Values, not bytes.</param>
internal sealed record PyTorchStorage(string Key, ScalarType Type, long Count)
{
    private static readonly Dictionary<string, ScalarType> types = new()
    {
        ["torch.DoubleStorage"] = ScalarType.Float64, ["torch.FloatStorage"] = ScalarType.Float32, ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16, ["torch.LongStorage"] = ScalarType.Int64, ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ShortStorage"] = ScalarType.Int16, ["torch.CharStorage"] = ScalarType.Int8, ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
    };

    /// <summary>Of its id in a pickle: ('storage', its type, its key, its device, its length).</summary>
    /// <exception cref="InvalidDataException">It is no such id, or of numbers that are not read.</exception>
    public static PyTorchStorage Of(object? id)
    {
        if (id is not object?[] { Length: >= 5 } parts || parts is not ["storage", Pickle.Global type, string key, _, long count, ..] || count < 0)
        {
            throw new InvalidDataException("it refers to something that is no storage");
        }

        return types.TryGetValue(type.Name, out var known)
            ? new PyTorchStorage(key, known, count)
            : throw new InvalidDataException($"it holds numbers of type {type.Name}; read are {string.Join(", ", types.Keys)}");
    }
}

/// <summary>A view of a storage. It is not longer than that, so that a short file cannot claim a large tensor.</summary>
/// <param name="Extent">Values from the first to the last.</param>
internal sealed record PyTorchView(PyTorchStorage Storage, long Offset, long[] Shape, long[] Strides, long Extent)
{
    public static PyTorchView Of(PyTorchStorage storage, long offset, long[] shape, long[] strides)
    {
        var (values, extent) = shape.Contains(0) ? ((Int128)0, (Int128)0) : (1, 1);
        var valid = offset >= 0 && shape.Length == strides.Length && shape.Length <= 16 && shape.Concat(strides).All(number => number >= 0);
        for (var i = 0; valid && values > 0 && i < shape.Length; i++)
        {
            values *= shape[i];
            extent += (Int128)(shape[i] - 1) * strides[i];
            valid = values <= storage.Count && extent <= storage.Count;
        }

        return valid && offset + extent <= storage.Count
            ? new(storage, offset, shape, strides, (long)extent)
            : throw new InvalidDataException($"a tensor of [{string.Join(", ", shape)}] does not fit its storage of {storage.Count} values");
    }
}
