namespace TorchSharp;

/// <summary>Moving and converting modules; each returns the module. Parameters that change are replaced by new ones.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, device, type, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, new torch.Device(deviceType, deviceIndex), null, non_blocking);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, device, null, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, new torch.Device(device), null, non_blocking);

    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, type, non_blocking);

    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, other.device, other.dtype, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, torch.CPU, null, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, new torch.Device(DeviceType.CUDA, deviceIndex), null, non_blocking);

    public static T @bool<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Bool, non_blocking);

    public static T @byte<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Byte, non_blocking);

    public static T @char<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Int8, non_blocking);

    public static T @short<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Int16, non_blocking);

    public static T @int<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Int32, non_blocking);

    public static T @long<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Int64, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Float16, non_blocking);

    public static T bfloat16<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.BFloat16, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Float32, non_blocking);

    public static T @double<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.Float64, non_blocking);

    public static T cfloat<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.ComplexFloat32, non_blocking);

    public static T cdouble<T>(this T module, bool non_blocking = false)
        where T : torch.nn.Module => Move(module, null, torch.ScalarType.ComplexFloat64, non_blocking);

    static T Move<T>(T module, torch.Device? device, torch.ScalarType? type, bool nonBlocking)
        where T : torch.nn.Module
    {
        if (device is not null) torch.InitializeDeviceType(device.type);
        module.Move(device, type, nonBlocking);
        return module;
    }
}
