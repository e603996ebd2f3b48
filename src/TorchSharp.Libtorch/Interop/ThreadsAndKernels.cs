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

        // GNU's OpenMP lets waiting threads turn for milliseconds. On a machine that does something else too they keep the cores from the one
        // that they wait for.
        _ = SetVariable("GOMP_SPINCOUNT", "1000", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
