using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>What <c>auto</c> in a config becomes on this machine.</summary>
internal static class Machine
{
    /// <summary>Whether this processor multiplies bf16, and faster than float32: measured once.</summary>
    private static readonly Lazy<(bool Works, bool IsFaster)> processorBf16 = new(MeasureBf16);

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

    /// <summary>
    /// One thread for each core that this process may use; libtorch counts too few on some virtual machines. OMP_NUM_THREADS goes first.
    /// </summary>
    public static void UseAllCores()
    {
        const string topology = "/sys/devices/system/cpu";
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } || !Directory.Exists(topology))
        {
            return;
        }

        var cores = Directory.EnumerateDirectories(topology, "cpu*")
            .Select(cpu => Path.Combine(cpu, "topology", "thread_siblings_list")).Where(File.Exists).Select(File.ReadAllText).Distinct().Count();
        if (Math.Min(cores, Environment.ProcessorCount) is var threads && threads > get_num_threads())
        {
            set_num_threads(threads);
        }
    }

    /// <summary>What <see cref="RunConfig.Tf32"/> says, for this process.</summary>
    public static void AllowTf32(bool allowed) => (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (allowed, allowed);

    /// <summary>bf16 where the device multiplies it faster than float32: on a GPU, and on processors where a convolution is found to be faster.</summary>
    public static Precision Precision(PrecisionChoice choice, Device device) => choice switch
    {
        PrecisionChoice.Fp32 => Networks.Precision.Fp32,
        PrecisionChoice.Bf16 => Networks.Precision.Bf16,
        _ => device.type == TorchSharp.DeviceType.CUDA || processorBf16.Value.IsFaster ? Networks.Precision.Bf16 : Networks.Precision.Fp32,
    };

    /// <summary>The arithmetics that are worth comparing here: the chosen one first.</summary>
    public static IReadOnlyList<Precision> Arithmetics(PrecisionChoice chosen, Device device)
    {
        var first = Precision(chosen, device);
        var other = first == Networks.Precision.Bf16 ? Networks.Precision.Fp32 : Networks.Precision.Bf16;
        return other == Networks.Precision.Fp32 || device.type == TorchSharp.DeviceType.CUDA || processorBf16.Value.Works ? [first, other] : [first];
    }

    /// <summary>AMX-BF16 or AVX512-BF16.</summary>
    private static bool HasBf16Instructions()
    {
        const int amx = 1 << 22, avx512 = 1 << 5;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
        {
            return false;
        }

        return (X86Base.CpuId(7, 0).Edx & amx) != 0 || (X86Base.CpuId(7, 1).Eax & avx512) != 0;
    }

    /// <summary>
    /// AMX is several times faster, AVX512-BF16 alone is slower in some versions of libtorch: a convolution and its gradients tell, the best of several short turns of
    /// one thread, so that what else the machine does in the meantime does not decide.
    /// </summary>
    private static (bool Works, bool IsFaster) MeasureBf16()
    {
        if (!HasBf16Instructions())
        {
            return (false, false);
        }

        const int turns = 20;
        var (bf16, fp32) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        var threads = get_num_threads();
        set_num_threads(1);
        try
        {
            for (var turn = 0; turn < turns; turn++)
            {
                (bf16, fp32) = (Least(bf16, Convolution(Networks.Precision.Bf16)), Least(fp32, Convolution(Networks.Precision.Fp32)));
            }

            return (true, bf16 < 0.9 * fp32);
        }
        catch (ExternalException)
        {
            return (false, false); // oneDNN is held to older instructions than the processor has
        }
        finally
        {
            set_num_threads(threads);
        }

        static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    private static TimeSpan Convolution(Precision precision)
    {
        using var scope = NewDisposeScope();
        Tensor Random(params long[] shape) => precision.Cast(rand(shape)).requires_grad_();
        var (x, weight) = (ChannelsLast.Of(Random(2, 64, 16, 16)).detach().requires_grad_(), Random(64, 64, 3, 3));
        var clock = Stopwatch.StartNew();
        nn.functional.conv2d(x, weight, padding: [1, 1]).sum().backward();
        return clock.Elapsed;
    }
}
