using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp;

/// <summary>
/// What the libraries below libtorch read from the environment when they are loaded, where the user has not set it; .NET's own variables do
/// not reach them.
/// </summary>
internal static partial class ThreadsAndKernels
{
    /// <summary>To be called before libtorch is loaded.</summary>
    public static void Choose()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // OpenBLAS takes its slowest kernels (SSE) on processors that are newer than itself; told the instruction set, it takes the right ones.
        if (Avx512F.IsSupported || (Avx2.IsSupported && Fma.IsSupported))
        {
            _ = SetVariable("OPENBLAS_CORETYPE", Avx512F.IsSupported ? "SkylakeX" : "Haswell", overwrite: 0);
        }

        // Its own threads fight libtorch's for the cores, and what libtorch leaves to it is small.
        _ = SetVariable("OPENBLAS_NUM_THREADS", "1", overwrite: 0);

        KeepMemory();

        // GNU's OpenMP lets waiting threads turn for milliseconds. On a machine that does something else too they keep the cores from the one
        // that they wait for.
        _ = SetVariable("GOMP_SPINCOUNT", "1000", overwrite: 0);
    }

    /// <summary>
    /// glibc hands large memory back to the system as soon as it is freed, and takes it again, zeroed page by page, for the next tensor. Kept, it made the
    /// training of a U-Net with batches of 64 images of 32x32 half as fast again.
    /// </summary>
    private static void KeepMemory()
    {
        const int mostMappings = -4, trimThreshold = -1;
        if (Array.Exists(["MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"], name => Environment.GetEnvironmentVariable(name) is not null))
        {
            return;
        }

        try
        {
            _ = SetAllocator(mostMappings, 0);
            _ = SetAllocator(trimThreshold, -1);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
