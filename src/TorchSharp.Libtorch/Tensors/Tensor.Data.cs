using System.Runtime.InteropServices;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        /// <summary>The first element's address; the memory is libtorch's.</summary>
        internal void* Pointer
        {
            get
            {
                void* data;
                Native.Check(Native.shim_tensor_data(Handle, &data));
                GC.KeepAlive(this);
                return data;
            }
        }

        /// <summary>The elements, in the order of the indices; a tensor elsewhere is copied to the CPU first.</summary>
        /// <exception cref="ArgumentException">The element type is not <typeparamref name="T"/>.</exception>
        public Utils.TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            if (TypeOf(typeof(T)) != dtype) throw new ArgumentException($"the elements are {dtype}, not {typeof(T).Name}");
            return new Utils.TensorAccessor<T>(is_cpu() ? this : cpu());
        }

        /// <summary>The element of a tensor that has one.</summary>
        public T item<T>()
            where T : unmanaged
        {
            if (numel() != 1) throw new ArgumentException($"the tensor has {numel()} elements, not one");
            if (TypeOf(typeof(T)) != dtype) throw new ArgumentException($"the elements are {dtype}, not {typeof(T).Name}");
            if (is_cpu())
            {
                T value = *(T*)Pointer;
                GC.KeepAlive(this);
                return value;
            }
            using var local = cpu();
            return *(T*)local.Pointer;
        }

        /// <summary>The element of a tensor that has one, whatever its type.</summary>
        public Scalar ToScalar()
        {
            if (is_complex())
            {
                using var wide = to(ScalarType.ComplexFloat64);
                return wide.item<System.Numerics.Complex>();
            }
            var value = Op._local_scalar_dense.Raw(this);
            Scalar scalar = value.Tag switch
            {
                Tag.Double => value.Real,
                Tag.Bool => value.Integer != 0,
                _ => value.Integer,
            };
            return scalar.Of(dtype);
        }

        /// <summary>The memory of a contiguous tensor on the CPU. The span is valid while the tensor is.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new InvalidOperationException("the elements do not lie in one piece: take contiguous() first");
                CheckHost();
                return new Span<byte>(Pointer, checked((int)(numel() * ElementSize)));
            }

            set
            {
                var memory = bytes;
                if (value.Length != memory.Length) throw new ArgumentException($"the tensor has {memory.Length} bytes, not {value.Length}");
                value.CopyTo(memory);
            }
        }

        void CheckHost()
        {
            if (is_cpu()) return;
            throw new InvalidOperationException($"the tensor is on {device}: copy it to the CPU to reach its memory");
        }

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);
        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);
        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);
        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);
        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        /// <summary>The i-th element in memory of a tensor on the CPU.</summary>
        public T ReadCpuValue<T>(long i)
            where T : unmanaged
        {
            CheckHost();
            if (i < 0 || i >= numel()) throw new IndexOutOfRangeException($"element {i} of {numel()}");
            T value = ((T*)Pointer)[i];
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>Writes the elements, raw and in order.</summary>
        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            using var source = is_cpu() ? contiguous() : cpu().contiguous();
            stream.Write(source.bytes);
        }

        /// <summary>Reads what <see cref="WriteBytesToStream"/> wrote.</summary>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            if (is_cpu() && is_contiguous())
            {
                stream.ReadExactly(bytes);
                return;
            }
            using var read = torch.empty(shape, dtype);
            stream.ReadExactly(read.bytes);
            using (no_grad()) copy_(read);
        }

        // Conversion to another element type or device. Without need of either the result is another handle on the same tensor,
        // unless a copy is asked for.
        Tensor To(ScalarType? type, Device? device, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var result = Op.to_device.One(this, device ?? this.device, type ?? dtype, nonBlocking, copy);
            if (disposeAfter) Dispose();
            return result;
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            var result = Op.to_dtype.One(this, type, non_blocking, copy);
            if (disposeAfter) Dispose();
            return result;
        }

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(type, copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            To(null, InitializeDevice(device), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(
            DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            To(type, InitializeDevice(device), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => To(other.dtype, other.device, false, false, non_blocking);

        Tensor As(ScalarType? type) => type is { } t ? to(t) : this;

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        /// <summary>A copy in memory that a GPU reads by itself.</summary>
        public Tensor pin_memory() => Op.pin_memory.One(this);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor @bool() => to(ScalarType.Bool);
        public Tensor @byte() => to(ScalarType.Byte);
        public Tensor @char() => to(ScalarType.Int8);
        public Tensor @short() => to(ScalarType.Int16);
        public Tensor @int() => to(ScalarType.Int32);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor half() => to(ScalarType.Float16);
        public Tensor bfloat16() => to(ScalarType.BFloat16);
        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor cfloat() => to(ScalarType.ComplexFloat32);
        public Tensor cdouble() => to(ScalarType.ComplexFloat64);

        public override string ToString() => this.str();

        /// <param name="disamb">Tells this overload from <see cref="ToString()"/>.</param>
        public string ToString(
            bool disamb, string? fltFormat = null, int? width = null, System.Globalization.CultureInfo? cultureInfo = null,
            string? newLine = null) => this.str(fltFormat, width, newLine, cultureInfo);

        public string ToString(
            TensorStringStyle style, string? fltFormat = null, int? width = null, System.Globalization.CultureInfo? cultureInfo = null,
            string? newLine = null) => this.str(fltFormat, width, newLine, cultureInfo, style);
    }

    // Copies .NET memory into a new tensor of its element type, then converts.
    static Tensor Copy<T>(
        ReadOnlySpan<T> data, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        long count = 1;
        foreach (long n in size) count *= n;
        if (count > data.Length)
            throw new ArgumentException($"a tensor of {count} elements cannot be made of {data.Length}");
        var tensor = Op.empty_memory_format.One(size, TypeOf(typeof(T)), Arg.None, CPU);
        if (count > 0) data[..(int)count].CopyTo(new Span<T>(tensor.Pointer, (int)count));
        return Unnamed(names, Grad(Move(tensor, dtype, device ?? defaultDevice), requiresGrad));
    }

    // Converts a tensor that nobody else holds.
    static Tensor Move(Tensor tensor, ScalarType? dtype, Device device)
    {
        if ((dtype is null || dtype == tensor.dtype) && device.Is(tensor.device)) return tensor;
        return tensor.to(dtype ?? tensor.dtype, device, disposeAfter: true);
    }

    static ReadOnlySpan<T> Span<T>(IList<T> list) => list switch
    {
        T[] array => array,
        List<T> items => CollectionsMarshal.AsSpan(items),
        _ => list.ToArray(),
    };

    static ReadOnlySpan<T> Flat<T>(Array array)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(MemoryMarshal.CreateReadOnlySpan(
            ref MemoryMarshal.GetArrayDataReference(array), array.Length * sizeof(T)));

    static long[] Lengths(Array array) => [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];

    static IEnumerable<long> LongRange(long start, long count) => Enumerable.Range((int)start, (int)count).Select(i => (long)i);

    static string? Mode(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

    /// <summary>A tensor on an array's memory: a change of one is seen in the other, unless type or device differ.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    public static Tensor from_array(
        Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var type = TypeOf(rawArray.GetType().GetElementType()!);
        return Unnamed(names, Grad(Move(Share(rawArray, Lengths(rawArray), type, 0), dtype, device ?? defaultDevice), requires_grad));
    }

    /// <summary>A one-dimensional tensor on the memory of part of an array; offset and count in elements.</summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        if (offset < 0 || offset >= rawArray.LongLength)
            throw new ArgumentException($"offset {offset} is not within the {rawArray.LongLength} elements");
        if (count < 0) count = rawArray.LongLength - offset;
        if (count > rawArray.LongLength - offset)
            throw new IndexOutOfRangeException($"{count} elements from {offset} on are more than there are");
        var type = TypeOf(rawArray.GetType().GetElementType()!);
        return Grad(Move(Share(rawArray, [count], type, offset * type.ElementSize()), dtype, CPU), requires_grad);
    }

    static Tensor Share(Array array, long[] size, ScalarType type, long offset)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        nint tensor;
        fixed (long* s = size)
        {
            byte* data = (byte*)pin.AddrOfPinnedObject() + offset;
            byte success = Native.shim_tensor_from_blob(data, s, size.Length, (int)type, &Unpin, GCHandle.ToIntPtr(pin), &tensor);
            if (success == 0) pin.Free();
            Native.Check(success);
        }
        return Tensor.Own(tensor);
    }

    [UnmanagedCallersOnly]
    static void Unpin(nint pin) => GCHandle.FromIntPtr(pin).Free();
}
