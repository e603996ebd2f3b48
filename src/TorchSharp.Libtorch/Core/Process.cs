namespace TorchSharp;

public static unsafe partial class torch
{
    enum Switch { MatmulTf32, CudnnTf32, FlashAttention, MathAttention, MatmulFp16Reduction }

    static bool Get(Switch which)
    {
        byte value;
        Native.Check(Native.shim_switch((int)which, &value));
        return value != 0;
    }

    static void Set(Switch which, bool value) => Native.Check(Native.shim_set_switch((int)which, Native.Flag(value)));

    public static string __version__ => $"{Native.shim_version() / 1000}.{Native.shim_version() % 1000}";

    /// <summary>The threads that one operator uses. The setting belongs to the calling thread's team.</summary>
    public static int get_num_threads() => Native.shim_num_threads();

    public static void set_num_threads(int num) => Native.Check(Native.shim_set_num_threads(num));

    public static int get_num_interop_threads() => Native.shim_num_interop_threads();

    public static void set_num_interop_threads(int num) => Native.Check(Native.shim_set_num_interop_threads(num));

    public static class cuda
    {
        public static bool is_available() => Native.shim_cuda_available() != 0;

        public static bool is_cudnn_available() => Native.shim_cudnn_available() != 0;

        public static int device_count() => Native.shim_cuda_count();

        public static void manual_seed(long seed) => Native.Check(Native.shim_cuda_manual_seed((ulong)seed, 0));

        public static void manual_seed_all(long seed) => Native.Check(Native.shim_cuda_manual_seed((ulong)seed, 1));

        /// <summary>Waits until the device has done all that was asked of it.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.shim_cuda_synchronize(device?.index ?? -1));
    }

    public static class backends
    {
        public static class cuda
        {
            public static bool flash_sdp_enabled() => Get(Switch.FlashAttention);

            public static void enable_flash_sdp(bool enable) => Set(Switch.FlashAttention, enable);

            public static bool math_sdp_enabled() => Get(Switch.MathAttention);

            public static void enable_math_sdp(bool enable) => Set(Switch.MathAttention, enable);

            public static class matmul
            {
                public static bool allow_tf32
                {
                    get => Get(Switch.MatmulTf32);
                    set => Set(Switch.MatmulTf32, value);
                }

                public static bool allow_fp16_reduced_precision_reduction
                {
                    get => Get(Switch.MatmulFp16Reduction);
                    set => Set(Switch.MatmulFp16Reduction, value);
                }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32
            {
                get => Get(Switch.CudnnTf32);
                set => Set(Switch.CudnnTf32, value);
            }
        }
    }
}
