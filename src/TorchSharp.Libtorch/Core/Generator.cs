namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers; on the CPU a Mersenne twister.</summary>
    public unsafe class Generator : IDisposable
    {
        nint handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            handle = Native.Check(Native.shim_generator_new(seed, (int)this.device.type, this.device.index));
        }

        Generator(nint handle)
        {
            device = CPU;
            this.handle = handle;
        }

        ~Generator() => Dispose(false);

        /// <summary>libtorch's own generator for the CPU.</summary>
        public static Generator Default => new(Native.Check(Native.shim_generator_default()));

        public Device device { get; }

        public IntPtr Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));

        public Generator manual_seed(long seed)
        {
            InitializeDeviceType(device.type);
            Native.Check(Native.shim_generator_set_seed(Handle, (ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        public long initial_seed()
        {
            ulong seed;
            Native.Check(Native.shim_generator_current_seed(Handle, &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        /// <summary>Seeds from the operating system's randomness and returns that seed.</summary>
        public long seed()
        {
            ulong seed;
            Native.Check(Native.shim_generator_new_seed(Handle, &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        public Tensor get_state()
        {
            nint state;
            Native.Check(Native.shim_generator_state(Handle, &state));
            GC.KeepAlive(this);
            return Tensor.Own(state);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.shim_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint released = Interlocked.Exchange(ref handle, 0);
            if (released != 0) Native.shim_generator_release(released);
        }
    }

    /// <summary>Seeds the default generators of every device.</summary>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static class random
    {
        public static Generator manual_seed(long seed)
        {
            Native.Check(Native.shim_manual_seed((ulong)seed));
            return Generator.Default;
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static long seed()
        {
            using var generator = Generator.Default;
            return generator.seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
