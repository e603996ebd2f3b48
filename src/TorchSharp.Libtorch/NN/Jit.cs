using System.Text;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>TorchScript: modules that PyTorch saved with <c>torch.jit.save</c>, run without Python. Here those that take tensors and truth values and give a tensor.</summary>
    public static class jit
    {
        /// <summary>A module whose code came with its parameters.</summary>
        public class ScriptModule : nn.Module
        {
            nint script;

            internal ScriptModule(nint script)
                : base(nameof(ScriptModule)) => this.script = script;

            nint Handle => script == 0 ? throw new ObjectDisposedException(nameof(ScriptModule)) : script;

            public override bool training
            {
                get
                {
                    bool result = Native.shim_script_training(Handle) != 0;
                    GC.KeepAlive(this);
                    return result;
                }
            }

            public override void train(bool on = true)
            {
                Native.Check(Native.shim_script_train(Handle, Native.Flag(on)));
                GC.KeepAlive(this);
            }

            internal override void Move(Device? device, ScalarType? dtype, bool nonBlocking)
            {
                int type = device is null ? -1 : (int)device.type;
                Native.Check(Native.shim_script_move(Handle, type, device?.index ?? -1, dtype is { } t ? (int)t : -1, Native.Flag(nonBlocking)));
                GC.KeepAlive(this);
            }

            private protected override void Release()
            {
                nint left = Interlocked.Exchange(ref script, 0);
                if (left != 0) Native.shim_script_release(left);
            }

            private protected TResult Forward<TResult>(params object?[] inputs)
            {
                nint* values = stackalloc nint[inputs.Length];
                byte* areTensors = stackalloc byte[inputs.Length];
                for (int i = 0; i < inputs.Length; i++)
                {
                    (values[i], areTensors[i]) = inputs[i] switch
                    {
                        Tensor tensor => (tensor.Handle, (byte)1),
                        bool flag => (flag ? 1 : 0, (byte)0),
                        _ => throw new NotSupportedException("this build runs TorchScript on tensors and truth values only"),
                    };
                }
                nint result;
                byte success = Native.shim_script_forward(Handle, values, areTensors, inputs.Length, &result);
                GC.KeepAlive(this);
                GC.KeepAlive(inputs);
                Native.Check(success);
                return (TResult)(object)Tensor.Own(result);
            }
        }

        public class HookableScriptModule<TPreHook, TPostHook> : ScriptModule
        {
            internal HookableScriptModule(nint script)
                : base(script)
            {
            }
        }

        /// <summary>Of any number of tensors.</summary>
        public class ScriptModule<TResult> : ScriptModule, nn.IModule<Tensor[], TResult>
        {
            internal ScriptModule(nint script)
                : base(script)
            {
            }

            public TResult call(params Tensor[] input) => forward(input);

            public TResult forward(params Tensor[] tensor) => Forward<TResult>(tensor);
        }

        /// <summary>A module that is a function of one argument.</summary>
        public class ScriptModule<T, TResult> :
            HookableScriptModule<Func<ScriptModule<T, TResult>, T, T>, Func<ScriptModule<T, TResult>, T, TResult, TResult>>,
            nn.IModule<T, TResult>
        {
            internal ScriptModule(nint script)
                : base(script)
            {
            }

            public TResult call(T input) => forward(input);

            public TResult forward(T tensor) => Forward<TResult>(tensor);
        }

        /// <summary>A module that is a function of two arguments.</summary>
        public class ScriptModule<T1, T2, TResult> :
            HookableScriptModule<
                Func<ScriptModule<T1, T2, TResult>, T1, T2, (T1, T2)?>,
                Func<ScriptModule<T1, T2, TResult>, T1, T2, TResult, TResult>>,
            nn.IModule<T1, T2, TResult>
        {
            internal ScriptModule(nint script)
                : base(script)
            {
            }

            public TResult call(T1 input1, T2 input2) => forward(input1, input2);

            public TResult forward(T1 input1, T2 input2) => Forward<TResult>(input1, input2);
        }

        public static ScriptModule load(string filename, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(filename, device_type, device_index));

        public static ScriptModule load(string filename, Device map_location) => new(Load(filename, map_location.type, map_location.index));

        public static ScriptModule load(string filename, string map_location) => load(filename, new Device(map_location));

        public static ScriptModule load(byte[] bytes, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(bytes, device_type, device_index));

        public static ScriptModule load(byte[] bytes, Device map_location) => new(Load(bytes, map_location.type, map_location.index));

        public static ScriptModule load(byte[] bytes, string map_location) => load(bytes, new Device(map_location));

        public static ScriptModule<TResult> load<TResult>(string filename, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(filename, device_type, device_index));

        public static ScriptModule<TResult> load<TResult>(string filename, Device map_location) => new(Load(filename, map_location.type, map_location.index));

        public static ScriptModule<TResult> load<TResult>(string filename, string map_location) => load<TResult>(filename, new Device(map_location));

        public static ScriptModule<TResult> load<TResult>(byte[] bytes, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(bytes, device_type, device_index));

        public static ScriptModule<TResult> load<TResult>(byte[] bytes, Device map_location) => new(Load(bytes, map_location.type, map_location.index));

        public static ScriptModule<TResult> load<TResult>(byte[] bytes, string map_location) => load<TResult>(bytes, new Device(map_location));

        public static ScriptModule<T1, TResult> load<T1, TResult>(string filename, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(filename, device_type, device_index));

        public static ScriptModule<T1, TResult> load<T1, TResult>(string filename, Device map_location) => new(Load(filename, map_location.type, map_location.index));

        public static ScriptModule<T1, TResult> load<T1, TResult>(string filename, string map_location) => load<T1, TResult>(filename, new Device(map_location));

        public static ScriptModule<T1, TResult> load<T1, TResult>(byte[] bytes, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(bytes, device_type, device_index));

        public static ScriptModule<T1, TResult> load<T1, TResult>(byte[] bytes, Device map_location) => new(Load(bytes, map_location.type, map_location.index));

        public static ScriptModule<T1, TResult> load<T1, TResult>(byte[] bytes, string map_location) => load<T1, TResult>(bytes, new Device(map_location));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(string filename, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(filename, device_type, device_index));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(string filename, Device map_location) => new(Load(filename, map_location.type, map_location.index));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(string filename, string map_location) => load<T1, T2, TResult>(filename, new Device(map_location));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(byte[] bytes, DeviceType device_type = DeviceType.CPU, long device_index = -1) =>
            new(Load(bytes, device_type, device_index));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(byte[] bytes, Device map_location) => new(Load(bytes, map_location.type, map_location.index));

        public static ScriptModule<T1, T2, TResult> load<T1, T2, TResult>(byte[] bytes, string map_location) => load<T1, T2, TResult>(bytes, new Device(map_location));

        static nint Load(string filename, DeviceType type, long index)
        {
            if (!File.Exists(filename)) throw new FileNotFoundException(filename);
            InitializeDeviceType(type);
            fixed (byte* file = Encoding.UTF8.GetBytes(filename + "\0"))
                return Native.Check(Native.shim_script_load(file, null, 0, (int)type, (int)index));
        }

        static nint Load(byte[] bytes, DeviceType type, long index)
        {
            InitializeDeviceType(type);
            fixed (byte* first = bytes)
                return Native.Check(Native.shim_script_load(null, first, bytes.LongLength, (int)type, (int)index));
        }
    }
}
