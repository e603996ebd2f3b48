namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>A handle on a tensor of libtorch; two handles may name one tensor. Owned by the scope it was made in, if any.</summary>
    public partial class Tensor : IDisposable
    {
        static long total, peak;
        internal nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            OwningDisposeScope = DisposeScopeManager.OfThread.Register(this);
            Count();
        }

        // Takes over another wrapper's handle and its place in its scope.
        private protected Tensor(Tensor other)
        {
            handle = other.Handle;
            OwningDisposeScope = other.OwningDisposeScope;
            OwningDisposeScope?.Replace(other, this);
            other.OwningDisposeScope = null;
            other.handle = 0;
            GC.SuppressFinalize(other);
        }

        static void Count()
        {
            long count = Interlocked.Increment(ref total);
            if (count > peak) peak = count;
        }

        ~Tensor() => Dispose(false);

        /// <summary>The wrapper of a new handle; null for an undefined tensor, which has none.</summary>
        internal static Tensor Own(nint handle) => handle == 0 ? null! : new Tensor(handle);

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Handles alive in this process.</summary>
        public static long TotalCount => Interlocked.Read(ref total);

        public static long PeakCount => Interlocked.Read(ref peak);

        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public IntPtr Handle => handle != 0 ? handle : throw new InvalidOperationException("the tensor was disposed");

        /// <summary>Whether it was disposed.</summary>
        public bool IsInvalid => handle == 0;

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == 0) return;
            if (disposing)
            {
                if (OwningDisposeScope is { } scope) scope.MarkAsDisposed(this);
                else DisposeScopeManager.OfThread.Counters.DisposedOutside++;
            }
            Release();
        }

        // What remains of disposal when the owning scope has already forgotten the tensor.
        internal void Release()
        {
            nint released = Interlocked.Exchange(ref handle, 0);
            if (released == 0) return;
            GC.SuppressFinalize(this);
            Native.shim_tensor_release(released);
            Interlocked.Decrement(ref total);
        }

        /// <summary>Gives the native handle to the caller; this wrapper is then as if disposed.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            nint given = Handle;
            OwningDisposeScope?.MarkAsDisposed(this);
            handle = 0;
            Interlocked.Decrement(ref total);
            GC.SuppressFinalize(this);
            return given;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is { } owner) owner.MoveToOther(other, this);
            else other?.Attach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public long ndim => Dimensions;

        public long Dimensions
        {
            get
            {
                long dim = Native.shim_tensor_dim(Handle);
                GC.KeepAlive(this);
                return dim;
            }
        }

        public long dim() => Dimensions;

        public long NumberOfElements => numel();

        public long numel()
        {
            long count = Native.shim_tensor_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public long ElementSize => dtype.ElementSize();

        public long element_size() => ElementSize;

        public long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* s = sizes) Native.shim_tensor_sizes(Handle, s);
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim) => shape[Wrap(dim)];

        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* s = strides) Native.Check(Native.shim_tensor_strides(Handle, s));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[Wrap(dim)];

        public long storage_offset()
        {
            long offset = Native.shim_tensor_storage_offset(Handle);
            GC.KeepAlive(this);
            return offset;
        }

        long Wrap(long dim) =>
            dim >= -Dimensions && dim < Dimensions
                ? dim < 0 ? dim + Dimensions : dim
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"the tensor has {Dimensions} dimensions");

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)Native.shim_tensor_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public Device device
        {
            get
            {
                int index;
                var type = (DeviceType)Native.shim_tensor_device(Handle, &index);
                GC.KeepAlive(this);
                return type == DeviceType.CPU ? CPU : new Device(type, index);
            }
        }

        public DeviceType device_type
        {
            get
            {
                int index;
                var type = (DeviceType)Native.shim_tensor_device(Handle, &index);
                GC.KeepAlive(this);
                return type;
            }
        }

        public int device_index
        {
            get
            {
                int index;
                Native.shim_tensor_device(Handle, &index);
                GC.KeepAlive(this);
                return index;
            }
        }

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_sparse
        {
            get
            {
                byte sparse = Native.shim_tensor_is_sparse(Handle);
                GC.KeepAlive(this);
                return sparse != 0;
            }
        }

        public bool is_contiguous()
        {
            byte contiguous = Native.shim_tensor_is_contiguous(Handle);
            GC.KeepAlive(this);
            return contiguous != 0;
        }

        public bool is_floating_point() => IsFloatingPoint(dtype);

        public bool is_complex() => IsComplex(dtype);

        /// <summary>Whole numbers or bool.</summary>
        public bool is_integral() => !is_floating_point() && !is_complex();

        /// <summary>The same tensor, by value of its handle.</summary>
        public bool Equals(Tensor? target) => target is not null && handle == target.handle;

        public override bool Equals(object? obj) => obj is Tensor tensor && Equals(tensor);

        public override int GetHashCode() => handle.GetHashCode();

        /// <summary>All dimensions reversed.</summary>
        public Tensor T => Op.numpy_T.One(this);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => Op.mT.One(this);

        public Tensor real => Op.real.One(this);

        public Tensor imag => Op.imag.One(this);

        // Autograd.
        public bool requires_grad
        {
            get
            {
                byte requires = Native.shim_tensor_requires_grad(Handle);
                GC.KeepAlive(this);
                return requires != 0;
            }

            set
            {
                Native.Check(Native.shim_tensor_set_requires_grad(Handle, Native.Flag(value)));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public bool is_leaf
        {
            get
            {
                byte leaf;
                Native.Check(Native.shim_tensor_is_leaf(Handle, &leaf));
                GC.KeepAlive(this);
                return leaf != 0;
            }
        }

        /// <summary>The gradient that backward passes have added up: a new handle at each reading, null where there is none.</summary>
        public Tensor? grad
        {
            get
            {
                nint grad;
                Native.Check(Native.shim_tensor_grad(Handle, &grad));
                GC.KeepAlive(this);
                return Own(grad);
            }

            set
            {
                Native.Check(Native.shim_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        public void retain_grad()
        {
            Native.Check(Native.shim_tensor_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        public void backward() => autograd.backward(this);

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward(this, grad_tensors, retain_graph || create_graph, create_graph, inputs);
    }

    public static bool is_tensor(object obj) => obj is Tensor;
}
