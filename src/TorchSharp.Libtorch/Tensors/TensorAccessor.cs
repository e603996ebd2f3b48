using System.Collections;

namespace TorchSharp.Utils;

/// <summary>
/// The elements of a tensor on the CPU, in the order of the indices whatever the strides. It holds the tensor, not a copy: the
/// tensor must outlive it.
/// </summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    readonly torch.Tensor tensor;
    readonly long[] shape, strides;
    readonly bool contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        this.tensor = tensor;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.numel();
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    T* Data => (T*)tensor.Pointer;

    public T this[params long[] indices]
    {
        get
        {
            T value = Data[Offset(indices)];
            GC.KeepAlive(tensor);
            return value;
        }

        set
        {
            Data[Offset(indices)] = value;
            GC.KeepAlive(tensor);
        }
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array.AsSpan());
        return array;
    }

    /// <summary>An array of the tensor's own rank.</summary>
    public Array ToNDArray()
    {
        if (shape.Length == 0) return ToArray();
        var array = Array.CreateInstance(typeof(T), shape);
        fixed (byte* start = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array))
            CopyTo(new Span<T>(start, (int)Count));
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies as many elements as fit, from <paramref name="tensorIndex"/> on.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (count <= 0) return;
        var target = array.Slice(arrayIndex, count);
        if (contiguous) new ReadOnlySpan<T>(Data + tensorIndex, count).CopyTo(target);
        else for (int i = 0; i < count; i++) target[i] = Data[Offset(tensorIndex + i)];
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (count <= 0) return;
        var source = array.Slice(arrayIndex, count);
        if (contiguous) source.CopyTo(new Span<T>(Data + tensorIndex, count));
        else for (int i = 0; i < count; i++) Data[Offset(tensorIndex + i)] = source[i];
        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return At(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
    }

    /// <summary>Equal elements in equal shapes.</summary>
    public override bool Equals(object? obj) =>
        obj is TensorAccessor<T> other && shape.SequenceEqual(other.shape) && ToArray().AsSpan().SequenceEqual(other.ToArray());

    public override int GetHashCode() => tensor.GetHashCode();

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Equals(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !left.Equals(right);

    T At(long index)
    {
        T value = Data[contiguous ? index : Offset(index)];
        GC.KeepAlive(tensor);
        return value;
    }

    // From an index in reading order.
    long Offset(long index)
    {
        if (index < 0 || index >= Count) throw new IndexOutOfRangeException();
        long offset = 0;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            offset += index % shape[d] * strides[d];
            index /= shape[d];
        }
        return offset;
    }

    // From one index per dimension, or from one in reading order.
    long Offset(long[] indices)
    {
        if (indices.Length == 1 && shape.Length != 1) return Offset(indices[0]);
        if (indices.Length != shape.Length) throw new ArgumentException($"{indices.Length} indices for {shape.Length} dimensions");
        long offset = 0;
        for (int d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= shape[d]) throw new IndexOutOfRangeException();
            offset += indices[d] * strides[d];
        }
        return offset;
    }
}
