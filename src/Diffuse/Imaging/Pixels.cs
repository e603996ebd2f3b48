using static TorchSharp.torch;

namespace Diffuse.Imaging;

/// <summary>Between the model's images and 8-bit ones: p = 127.5 (x + 1), rounded and kept in 0..255.</summary>
public static class Pixels
{
    /// <param name="images">[N, C, H, W] in [-1, 1], C 1 or 3, of any floating type on any device.</param>
    public static IReadOnlyList<Raster> ToRasters(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (images.shape[0], (int)images.shape[1], (int)images.shape[2], (int)images.shape[3]);
        var bytes = images.detach().to(ScalarType.Float32).add(1).mul_(127.5).round_().clamp_(0, 255)
            .permute(0, 2, 3, 1).to(ScalarType.Byte).cpu().contiguous().bytes;
        var rasters = new Raster[count];
        var size = height * width * channels;
        for (var i = 0; i < count; i++)
        {
            rasters[i] = new Raster(height, width, channels, bytes.Slice(i * size, size).ToArray());
        }

        return rasters;
    }
}
