using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp;

/// <summary>
/// OpenBLAS takes its slowest kernels (SSE) on processors that are newer than itself. Told the instruction set, it takes the right ones.
/// It reads the environment when it is loaded, and .NET's own variables do not reach it.
/// </summary>
internal static partial class OpenBlas
{
    /// <summary>Leaves a choice of the user's alone. To be called before libtorch is loaded.</summary>
    public static void ChooseKernels()
    {
        var kernels = Avx512F.IsSupported ? "SkylakeX" : Avx2.IsSupported && Fma.IsSupported ? "Haswell" : null;
        if (kernels is not null && !OperatingSystem.IsWindows())
        {
            _ = SetVariable("OPENBLAS_CORETYPE", kernels, overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
