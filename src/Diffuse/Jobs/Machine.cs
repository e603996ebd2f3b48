using System.Runtime.Intrinsics.X86;
using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>What <c>auto</c> in a config becomes on this machine.</summary>
internal static class Machine
{
    /// <exception cref="ConfigException">A GPU is asked for that is not there.</exception>
    public static Device Device(DeviceChoice choice)
    {
        if (choice == DeviceChoice.Auto)
        {
            return cuda.is_available() ? CUDA : CPU;
        }

        var chosen = device(choice.ToString());
        var gpus = cuda.is_available() ? cuda.device_count() : 0;
        return chosen.type == TorchSharp.DeviceType.CPU || Math.Max(chosen.index, 0) < gpus
            ? chosen
            : throw new ConfigException($"device: found {choice}; allowed: {(gpus == 0 ? "cpu or auto: this libtorch sees no GPU" : $"cpu, auto, or cuda:0 to cuda:{gpus - 1}")}");
    }

    /// <summary>bf16 where the device multiplies it faster than float32.</summary>
    public static Precision Precision(PrecisionChoice choice, Device device) => choice switch
    {
        PrecisionChoice.Fp32 => Networks.Precision.Fp32,
        PrecisionChoice.Bf16 => Networks.Precision.Bf16,
        _ => device.type == TorchSharp.DeviceType.CUDA || ProcessorMultipliesBf16() ? Networks.Precision.Bf16 : Networks.Precision.Fp32,
    };

    /// <summary>AMX-BF16 or AVX512-BF16.</summary>
    private static bool ProcessorMultipliesBf16()
    {
        const int amx = 1 << 22, avx512 = 1 << 5;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }

        return (X86Base.CpuId(7, 0).Edx & amx) != 0 || (X86Base.CpuId(7, 1).Eax & avx512) != 0;
    }
}
