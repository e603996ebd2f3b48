using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Imaging;

/// <summary>Between the model's images x and 8-bit ones p: p = 127.5 (x + 1), rounded and kept in 0..255; x = p / 127.5 - 1.</summary>
public static class Pixels
{
    /// <summary>[N, C, H, W] in [-1, 1], of any floating type, as bytes.</summary>
    public static Tensor ToBytes(Tensor images) => images.detach().to(ScalarType.Float32).add(1).mul_(127.5).round_().clamp_(0, 255).to(ScalarType.Byte);

    /// <param name="images">[N, C, H, W] in [-1, 1], C 1 or 3, of any floating type on any device.</param>
    public static IReadOnlyList<Raster> ToRasters(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (images.shape[0], (int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        var bytes = ToBytes(images).permute(0, 2, 3, 1).cpu().contiguous().bytes;
        var rasters = new Raster[count];
        var size = height * width * channels;
        for (var i = 0; i < count; i++)
        {
            rasters[i] = new Raster(height, width, channels, bytes.Slice(i * size, size).ToArray());
        }

        return rasters;
    }

    /// <summary>Bytes [N, H, W, C] as images that are NCHW by shape and channels-last by strides.</summary>
    public static Tensor OfBytes(Tensor bytes, Device device) => OnDevice(bytes, device).to(ScalarType.Float32).div_(127.5).sub_(1).permute(0, 3, 1, 2);

    /// <summary>To a GPU from pinned memory, while this thread and the GPU go on with what they are doing.</summary>
    private static Tensor OnDevice(Tensor bytes, Device device) =>
        device.type == DeviceType.CUDA ? bytes.pin_memory().to(device, non_blocking: true) : bytes.to(device);

    /// <summary>Pictures of one size as [N, C, H, W].</summary>
    public static Tensor OfRasters(IReadOnlyList<Raster> images, Device device)
    {
        using var scope = NewDisposeScope();
        var first = images[0];
        var bytes = tensor(images.SelectMany(image => image.Pixels).ToArray(), [images.Count, first.Height, first.Width, first.Channels]);
        return OfBytes(bytes, device).contiguous().MoveToOuterDisposeScope();
    }
}
