using System.Buffers;
using System.Runtime.CompilerServices;

namespace TorchSharp;

/// <summary>
/// An operator of libtorch, found on first use and kept. Arguments are given in the schema's order; trailing ones that are
/// left out take the schema's defaults, so that one call serves the libtorch versions that only appended arguments.
/// </summary>
[SkipLocalsInit]
internal sealed unsafe class Operator(string name, string overload = "")
{
    readonly byte[] name = System.Text.Encoding.UTF8.GetBytes(name + "\0"), overload = System.Text.Encoding.UTF8.GetBytes(overload + "\0");
    nint handle;

    /// <summary>Whether this libtorch has the operator.</summary>
    public bool Exists => handle != 0 || Find() != 0;

    /// <summary>Calls for one new tensor.</summary>
    public torch.Tensor One(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return torch.Tensor.Own(result.Pointer);
    }

    /// <summary>Calls an in-place operator and returns its first argument, the same object.</summary>
    public torch.Tensor Same(params ReadOnlySpan<Arg> arguments)
    {
        Invoke(arguments, null, 0);
        return Unsafe.As<torch.Tensor>(arguments[0].Reference!);
    }

    /// <summary>Calls for a result that it writes to a tensor, which must be among the arguments.</summary>
    public torch.Tensor Into(torch.Tensor target, params ReadOnlySpan<Arg> arguments)
    {
        Invoke(arguments, null, 0);
        return target;
    }

    /// <summary>Calls for what it does, not for what it returns.</summary>
    public void Do(params ReadOnlySpan<Arg> arguments) => Invoke(arguments, null, 0);

    public (torch.Tensor, torch.Tensor) Two(params ReadOnlySpan<Arg> arguments)
    {
        Value* results = stackalloc Value[2];
        Invoke(arguments, results, 2);
        return (torch.Tensor.Own(results[0].Pointer), torch.Tensor.Own(results[1].Pointer));
    }

    public (torch.Tensor, torch.Tensor, torch.Tensor) Three(params ReadOnlySpan<Arg> arguments)
    {
        Value* results = stackalloc Value[3];
        Invoke(arguments, results, 3);
        return (torch.Tensor.Own(results[0].Pointer), torch.Tensor.Own(results[1].Pointer), torch.Tensor.Own(results[2].Pointer));
    }

    public torch.Tensor[] Many(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        var tensors = new torch.Tensor[result.Count];
        for (int i = 0; i < tensors.Length; i++) tensors[i] = torch.Tensor.Own(((nint*)result.Pointer)[i]);
        Native.shim_free((void*)result.Pointer);
        return tensors;
    }

    public bool Bool(params ReadOnlySpan<Arg> arguments) => Raw(arguments).Integer != 0;

    public long Int(params ReadOnlySpan<Arg> arguments) => Raw(arguments).Integer;

    /// <summary>Calls for one number, whatever its kind.</summary>
    public Value Raw(params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        return result;
    }

    nint Find()
    {
        fixed (byte* n = name, o = overload) return handle = Native.shim_operator(n, o);
    }

    void Invoke(ReadOnlySpan<Arg> arguments, Value* results, int capacity)
    {
        if (handle == 0) Native.Check(Find());
        Value* values = stackalloc Value[arguments.Length];
        int size = 0;
        foreach (ref readonly var argument in arguments) size += Size(argument);
        long[]? rented = size > 64 ? ArrayPool<long>.Shared.Rent(size) : null;
        long* stack = stackalloc long[64];
        fixed (long* pinned = rented)
        {
            long* scratch = rented is null ? stack : pinned;
            for (int i = 0; i < arguments.Length; i++) scratch += Lower(arguments[i], values + i, scratch);
            byte success = Native.shim_call(handle, values, arguments.Length, results, capacity);
            foreach (ref readonly var argument in arguments) GC.KeepAlive(argument.Reference);
            Native.Check(success);
        }
        if (rented is not null) ArrayPool<long>.Shared.Return(rented);
    }

    // The number of 64-bit words that an argument needs beside its Value.
    static int Size(in Arg argument) => argument.Tag switch
    {
        Tag.String => ((byte[])argument.Reference!).Length / 8 + 1,
        Tag.IntList or Tag.DoubleList or Tag.TensorList or Tag.OptionalTensorList or Tag.Complex => ((Array)argument.Reference!).Length,
        _ => 0,
    };

    static int Lower(in Arg argument, Value* value, long* scratch)
    {
        value->Tag = argument.Tag;
        value->Count = 0;
        switch (argument.Tag)
        {
            case Tag.Tensor:
                value->Pointer = Unsafe.As<torch.Tensor>(argument.Reference!).Handle;
                return 0;
            case Tag.Generator:
                value->Pointer = ((torch.Generator)argument.Reference!).Handle;
                return 0;
            case Tag.Device:
                value->Count = (int)(argument.Bits >> 32);
                value->Integer = (int)argument.Bits;
                return 0;
            case Tag.IntList:
                return Copy<long>((long[])argument.Reference!, value, scratch);
            case Tag.DoubleList or Tag.Complex:
                return Copy<double>((double[])argument.Reference!, value, scratch);
            case Tag.String:
                Copy<byte>((byte[])argument.Reference!, value, scratch);
                return Size(argument);
            case Tag.TensorList or Tag.OptionalTensorList:
                var tensors = (torch.Tensor?[])argument.Reference!;
                for (int i = 0; i < tensors.Length; i++) scratch[i] = tensors[i] is { } tensor ? tensor.Handle : 0;
                value->Count = tensors.Length;
                value->Pointer = (nint)scratch;
                return tensors.Length;
            default:
                value->Integer = argument.Bits;
                return 0;
        }
    }

    static int Copy<T>(ReadOnlySpan<T> list, Value* value, long* scratch)
        where T : unmanaged
    {
        list.CopyTo(new Span<T>(scratch, list.Length));
        value->Count = list.Length;
        value->Pointer = (nint)scratch;
        return list.Length;
    }
}
