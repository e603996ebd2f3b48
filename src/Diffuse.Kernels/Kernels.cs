using System.Runtime.InteropServices;
using TorchSharp;

namespace Diffuse.Kernels;

/// <summary>The native library, whose operators register themselves with libtorch when it is loaded.</summary>
internal static class Kernels
{
    static Kernels() => NativeLibrary.Load("diffusekernels", typeof(Kernels).Assembly, DllImportSearchPath.AssemblyDirectory);

    public static Operator Operator(string name) => new($"diffuse::{name}");
}
