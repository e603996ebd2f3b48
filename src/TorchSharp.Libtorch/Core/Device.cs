namespace TorchSharp;

public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA => new(DeviceType.CUDA);

    public static Device MPS => new(DeviceType.MPS);

    /// <summary>Where a tensor lives: a kind of device and, where there are several, an index (-1: the current one).</summary>
    public class Device
    {
        /// <param name="description">"cpu", "cuda", "cuda:1".</param>
        public Device(string description)
        {
            var parts = description.Split(':');
            if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out _)))
                throw new ArgumentException($"'{description}' is not a device, e.g. 'cpu' or 'cuda:0'", nameof(description));
            type = Parse(parts[0]);
            index = parts.Length == 2 ? int.Parse(parts[1]) : -1;
        }

        public Device(string deviceType, int index = -1)
        {
            type = Parse(deviceType);
            this.index = index;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public Device(int index)
            : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        public int index { get; }

        static DeviceType Parse(string name) =>
            Enum.TryParse(name, ignoreCase: true, out DeviceType type) && !int.TryParse(name, out _)
                ? type
                : throw new ArgumentException($"'{name}' is not a kind of device");

        public static implicit operator Device(string description) => new(description);

        public override string ToString() => type.ToString().ToLowerInvariant() + (index == -1 ? "" : ":" + index);

        internal bool Is(Device other) => type == other.type && (index == other.index || index == -1 || type == DeviceType.CPU);
    }

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);

    /// <summary>Checks that the device can be used.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            throw new InvalidOperationException($"{deviceType} is not available: this libtorch or this machine has none");
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType != DeviceType.CUDA || cuda.is_available();

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    static Device defaultDevice = CPU;
    static ScalarType defaultType = ScalarType.Float32;

    public static Device get_default_device() => defaultDevice;

    public static void set_default_device(Device device) => defaultDevice = device;

    public static void set_default_device(string device) => defaultDevice = new Device(device);

    public static ScalarType get_default_dtype() => defaultType;

    /// <summary>Sets the type of tensors made from no data; a floating point type.</summary>
    public static void set_default_dtype(ScalarType dtype) => defaultType = dtype;
}
