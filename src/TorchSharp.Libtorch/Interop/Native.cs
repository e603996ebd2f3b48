using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

/// <summary>The kinds of <see cref="Value"/>; the order is shim.cpp's.</summary>
internal enum Tag
{
    None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Generator, Device, Default, Complex,
}

/// <summary>An argument or result of an operator as shim.cpp sees it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] public Tag Tag;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>The entries of shim.cpp, jit.cpp and function.cpp. Callers keep the owner of every handle alive across the call.</summary>
internal static unsafe partial class Native
{
    const string Shim = "torchshim";

    static Native() => ThreadsAndKernels.Choose();

    [LibraryImport(Shim)] private static partial byte* shim_last_error();
    [LibraryImport(Shim)] public static partial void shim_free(void* memory);
    [LibraryImport(Shim)] public static partial int shim_version();

    [LibraryImport(Shim)] public static partial nint shim_operator(byte* name, byte* overload);
    [LibraryImport(Shim)] public static partial byte shim_call(nint op, Value* arguments, int count, Value* results, int capacity);

    [LibraryImport(Shim)] public static partial void shim_tensor_release(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial long shim_tensor_dim(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial long shim_tensor_numel(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial int shim_tensor_dtype(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial byte shim_tensor_is_contiguous(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial byte shim_tensor_is_sparse(nint tensor);
    [LibraryImport(Shim), SuppressGCTransition] public static partial int shim_tensor_device(nint tensor, int* index);
    [LibraryImport(Shim), SuppressGCTransition] public static partial void shim_tensor_sizes(nint tensor, long* sizes);
    [LibraryImport(Shim)] public static partial byte shim_tensor_strides(nint tensor, long* strides);
    [LibraryImport(Shim), SuppressGCTransition] public static partial long shim_tensor_storage_offset(nint tensor);
    [LibraryImport(Shim)] public static partial byte shim_tensor_data(nint tensor, void** data);
    [LibraryImport(Shim), SuppressGCTransition] public static partial byte shim_tensor_requires_grad(nint tensor);
    [LibraryImport(Shim)] public static partial byte shim_tensor_set_requires_grad(nint tensor, byte value);
    [LibraryImport(Shim)] public static partial byte shim_tensor_is_leaf(nint tensor, byte* leaf);
    [LibraryImport(Shim)] public static partial byte shim_tensor_retain_grad(nint tensor);
    [LibraryImport(Shim)] public static partial byte shim_tensor_grad(nint tensor, nint* grad);
    [LibraryImport(Shim)] public static partial byte shim_tensor_set_grad(nint tensor, nint grad);

    [LibraryImport(Shim)]
    public static partial byte shim_tensor_from_blob(
        void* data, long* sizes, int dim, int dtype, delegate* unmanaged<nint, void> deleter, nint context, nint* tensor);

    [LibraryImport(Shim)]
    public static partial byte shim_backward(
        nint* tensors, int count, nint* grads, int gradsCount, int retain, byte createGraph, nint* inputs, int inputsCount);

    [LibraryImport(Shim)]
    public static partial byte shim_grad(
        nint* outputs, int count, nint* inputs, int inputsCount, nint* grads, int gradsCount, byte retain, byte createGraph,
        byte allowUnused, nint* results);

    [LibraryImport(Shim)]
    public static partial byte shim_function(
        nint* inputs, int inputsCount, nint* outputs, int outputsCount, delegate* unmanaged<nint, nint*, int, nint*, int, byte> backward,
        delegate* unmanaged<nint, byte, void> forget, nint context, byte materialize);

    [LibraryImport(Shim)] public static partial nint shim_tensor_again(nint tensor);

    [LibraryImport(Shim), SuppressGCTransition] public static partial byte shim_grad_mode();
    [LibraryImport(Shim), SuppressGCTransition] public static partial void shim_set_grad_mode(byte enabled);
    [LibraryImport(Shim), SuppressGCTransition] public static partial byte shim_inference_mode();
    [LibraryImport(Shim)] public static partial nint shim_inference_enter(byte enabled);
    [LibraryImport(Shim)] public static partial void shim_inference_leave(nint guard);
    [LibraryImport(Shim)] public static partial byte shim_anomaly_enabled();
    [LibraryImport(Shim)] public static partial byte shim_anomaly_checks_nan();
    [LibraryImport(Shim)] public static partial void shim_set_anomaly(byte enabled, byte checkNan);

    [LibraryImport(Shim)] public static partial nint shim_generator_default();
    [LibraryImport(Shim)] public static partial nint shim_generator_new(ulong seed, int deviceType, int deviceIndex);
    [LibraryImport(Shim)] public static partial void shim_generator_release(nint generator);
    [LibraryImport(Shim)] public static partial byte shim_generator_set_seed(nint generator, ulong seed);
    [LibraryImport(Shim)] public static partial byte shim_generator_current_seed(nint generator, ulong* seed);
    [LibraryImport(Shim)] public static partial byte shim_generator_new_seed(nint generator, ulong* seed);
    [LibraryImport(Shim)] public static partial byte shim_generator_state(nint generator, nint* state);
    [LibraryImport(Shim)] public static partial byte shim_generator_set_state(nint generator, nint state);
    [LibraryImport(Shim)] public static partial byte shim_manual_seed(ulong seed);

    [LibraryImport(Shim)]
    public static partial nint shim_script_load(byte* file, byte* bytes, long count, int deviceType, int deviceIndex);

    [LibraryImport(Shim)] public static partial void shim_script_release(nint script);
    [LibraryImport(Shim)] public static partial byte shim_script_forward(nint script, nint* inputs, byte* areTensors, int count, nint* result);
    [LibraryImport(Shim)] public static partial byte shim_script_move(nint script, int deviceType, int deviceIndex, int dtype, byte nonBlocking);
    [LibraryImport(Shim)] public static partial byte shim_script_train(nint script, byte on);
    [LibraryImport(Shim)] public static partial byte shim_script_training(nint script);

    [LibraryImport(Shim)] public static partial int shim_num_threads();
    [LibraryImport(Shim)] public static partial byte shim_set_num_threads(int count);
    [LibraryImport(Shim)] public static partial int shim_num_interop_threads();
    [LibraryImport(Shim)] public static partial byte shim_set_num_interop_threads(int count);
    [LibraryImport(Shim)] public static partial byte shim_cuda_available();
    [LibraryImport(Shim)] public static partial byte shim_cudnn_available();
    [LibraryImport(Shim)] public static partial int shim_cuda_count();
    [LibraryImport(Shim)] public static partial byte shim_cuda_synchronize(long device);
    [LibraryImport(Shim)] public static partial byte shim_cuda_manual_seed(ulong seed, byte all);
    [LibraryImport(Shim)] public static partial byte shim_switch(int which, byte* value);
    [LibraryImport(Shim)] public static partial byte shim_set_switch(int which, byte value);

    /// <summary>Throws libtorch's message when an entry reported failure.</summary>
    public static void Check(byte success)
    {
        if (success == 0) Throw();
    }

    public static nint Check(nint handle)
    {
        if (handle == 0) Throw();
        return handle;
    }

    public static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8((nint)shim_last_error()));
}
