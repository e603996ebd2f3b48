using Diffuse.Imaging;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Imaging;

public sealed class ResamplingTests
{
    /// <summary>Pillow's results byte for byte; torch's antialiased ones with the same weights in float64.</summary>
    [Theory, ReferenceCases("resize")]
    public void Agrees_with_the_published_implementations(string name)
    {
        var reference = Reference.Case("resize", name);
        var inputs = reference.Inputs;
        var (height, width) = (inputs["h"].Integer, inputs["w"].Integer);
        var (outHeight, outWidth) = (inputs["out_h"].Integer, inputs["out_w"].Integer);
        var picture = Picture(height, width, inputs["k"].Integer);
        if (inputs.Has("filter"))
        {
            var filter = inputs["filter"].Text switch
            {
                "BICUBIC" => Filter.Bicubic,
                "BILINEAR" => Filter.Bilinear,
                "BOX" => Filter.Box,
                "LANCZOS" => Filter.Lanczos,
                var other => throw new NotSupportedException(other),
            };
            var (along, down) = Axes(filter, height, width, outHeight, outWidth);
            var narrow = new Raster(height, outWidth, 3);
            var resized = new Raster(outHeight, outWidth, 3);
            for (var y = 0; y < height; y++)
            {
                along.Row(picture.Row(y), narrow.Row(y), 3);
            }

            for (var y = 0; y < outHeight; y++)
            {
                down.Column(y, narrow.Pixels, outWidth * 3, 0, resized.Row(y));
            }

            Assert.Equal(reference.Expected["output_uint8_hwc"].Integers, resized.Pixels.Select(b => (int)b));
        }
        else
        {
            Assert.True(inputs["antialias"].Flag);
            var filter = Enum.Parse<Filter>(inputs["mode"].Text, ignoreCase: true);
            var (along, down) = Axes(filter, height, width, outHeight, outWidth);
            var resized = new List<double>();
            for (var c = 0; c < 3; c++)
            {
                for (var i = 0; i < outHeight * outWidth; i++)
                {
                    resized.Add(Sum(down, i / outWidth, y => Sum(along, i % outWidth, x => picture.Row(y)[3 * x + c] / 127.5 - 1)));
                }
            }

            Close.Equal(reference.Expected["output"].Numbers, resized, what: name);
        }
    }

    [Theory]
    [InlineData(Filter.Lanczos), InlineData(Filter.Bicubic), InlineData(Filter.Bilinear), InlineData(Filter.Box)]
    public void A_flat_row_stays_flat_whatever_the_sizes(Filter filter)
    {
        foreach (var (from, to) in new[] { (1, 7), (7, 1), (64, 63), (100, 28), (28, 100), (1000, 3) })
        {
            var target = new byte[to];
            new Resampling(filter, from, 0, from, to).Row(Enumerable.Repeat((byte)201, from).ToArray(), target, 1);
            Assert.All(target, b => Assert.Equal(201, b));
        }
    }

    [Theory]
    [InlineData(Filter.Lanczos), InlineData(Filter.Bicubic), InlineData(Filter.Bilinear), InlineData(Filter.Box)]
    public void A_window_on_whole_pixels_at_their_own_size_copies_them(Filter filter)
    {
        byte[] source = [3, 141, 59, 26, 53, 58, 97, 93];
        var target = new byte[4];
        new Resampling(filter, 8, 2, 4, 4).Row(source, target, 1);
        Assert.Equal(source[2..6], target);
    }

    [Fact]
    public void Enlarging_with_the_box_repeats_pixels()
    {
        var target = new byte[6];
        new Resampling(Filter.Box, 2, 0, 2, 6).Row([10, 250], target, 1);
        Assert.Equal([10, 10, 10, 250, 250, 250], target);
    }

    private static (Resampling Along, Resampling Down) Axes(Filter filter, int height, int width, int outHeight, int outWidth) =>
        (new(filter, width, 0, width, outWidth), new(filter, height, 0, height, outHeight));

    private static double Sum(Resampling axis, int i, Func<int, double> sample) =>
        axis.Weights[i].Select((w, k) => w * sample(axis.First[i] + k)).Sum();

    /// <summary>The formula picture of the reference files.</summary>
    private static Raster Picture(int height, int width, int k)
    {
        var picture = new Raster(height, width, 3);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    picture.Row(y)[3 * x + c] = (byte)(x * (7 + 2 * c) + y * (13 - c) + x * y * (3 + c) / 2 + 11 * k + 29 * c);
                }
            }
        }

        return picture;
    }
}
