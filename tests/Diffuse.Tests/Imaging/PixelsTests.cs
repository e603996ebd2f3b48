using Diffuse.Imaging;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Imaging;

public sealed class PixelsTests
{
    [Fact, LeaksNoTensors]
    public void Every_byte_survives_the_way_to_the_model_and_back()
    {
        using var scope = NewDisposeScope();
        var bytes = Enumerable.Range(0, 256).Select(b => (float)b).ToArray();
        var x = (tensor(bytes, [1, 1, 16, 16]) / 127.5 - 1).to(ScalarType.Float32);
        Assert.Equal(Enumerable.Range(0, 256).Select(b => (byte)b), Pixels.ToRasters(x)[0].Pixels);
        Assert.Equal(Enumerable.Range(0, 256).Select(b => (byte)b), Pixels.ToRasters(x.to(ScalarType.Float64))[0].Pixels);
    }

    [Fact, LeaksNoTensors]
    public void Channels_become_the_last_dimension_and_values_outside_are_cut()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { -1, 1, 0, 0, -5, 5, /* second image */ 1, 1, 1, 1, 1, 1 }, [2, 3, 1, 2]);
        var rasters = Pixels.ToRasters(x);
        Assert.Equal(2, rasters.Count);
        Assert.Equal((1, 2, 3), (rasters[0].Height, rasters[0].Width, rasters[0].Channels));
        Assert.Equal([0, 128, 0, 255, 128, 255], rasters[0].Pixels);
        Assert.All(rasters[1].Pixels, p => Assert.Equal(255, p));
    }
}
