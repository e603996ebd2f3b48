using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

public sealed class FrameTests
{
    [Fact]
    public void Crop_takes_the_centre_of_a_wide_image()
    {
        // 2 rows, 6 columns: the middle two columns remain.
        var wide = new Raster(2, 6, 1, [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]);
        Assert.Equal([3, 4, 13, 14], Frame.Of(wide, new Framing(2, 2, 1)).Pixels);
    }

    [Fact]
    public void Crop_takes_the_centre_of_a_tall_image()
    {
        var tall = new Raster(6, 1, 1, [1, 2, 3, 4, 5, 6]);
        Assert.Equal([3, 4], Frame.Of(tall, new Framing(2, 1, 1)).Pixels);
    }

    [Fact]
    public void Pad_keeps_all_of_the_image_and_fills_the_rest()
    {
        var wide = new Raster(1, 4, 3);
        wide.Fill(0, 0, 1, 4, new Rgb(9, 8, 7));
        var framed = Frame.Of(wide, new Framing(4, 4, 3, Fit.Pad, new Rgb(1, 2, 3)));
        Assert.Equal([1, 2, 3], framed.Row(0)[..3].ToArray());
        Assert.Equal([9, 8, 7], framed.Row(1)[..3].ToArray());
        Assert.Equal([1, 2, 3], framed.Row(2)[..3].ToArray());
        Assert.Equal([1, 2, 3], framed.Row(3)[..3].ToArray());
    }

    [Theory]
    [InlineData(1, 100), InlineData(100, 1), InlineData(1, 1), InlineData(28, 28), InlineData(640, 480), InlineData(481, 640)]
    public void Every_shape_of_image_fills_every_shape_of_target(int height, int width)
    {
        foreach (var fit in Enum.GetValues<Fit>())
        {
            foreach (var (h, w) in new[] { (28, 28), (32, 48), (48, 32), (1, 1) })
            {
                var source = new Raster(height, width, 1);
                source.Fill(0, 0, height, width, new Rgb(200, 200, 200));
                var framed = Frame.Of(source, new Framing(h, w, 1, fit, new Rgb(200, 200, 200)));
                Assert.Equal((h, w), (framed.Height, framed.Width));
                Assert.All(framed.Pixels, p => Assert.Equal(200, p));
            }
        }
    }

    [Fact]
    public void Colour_becomes_luma_and_grey_becomes_three_equal_channels()
    {
        var colours = new Raster(1, 3, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255]);
        Assert.Equal([76, 150, 29], Frame.Of(colours, new Framing(1, 3, 1)).Pixels);
        var grey = new Raster(1, 2, 1, [7, 250]);
        Assert.Equal([7, 7, 7, 250, 250, 250], Frame.Of(grey, new Framing(1, 2, 3)).Pixels);
    }

    [Fact]
    public void Luma_of_a_grey_is_the_grey() => Assert.All(Enumerable.Range(0, 256), v => Assert.Equal(v, Rgb.Luma(v, v, v)));

    [Fact]
    public void Alpha_is_composited_on_the_background()
    {
        var frame = new Frame(new Framing(1, 3, 3, Background: new Rgb(100, 0, 200)), 1, 3);
        frame.Add([200, 200, 200, 0, 200, 200, 200, 255, 200, 100, 0, 128], 4);
        Assert.Equal([100, 0, 200, 200, 200, 200, 150, 50, 100], frame.Finish().Pixels);
    }

    [Fact]
    public void Sixteen_bits_are_scaled_not_cut()
    {
        var frame = new Frame(new Framing(1, 5, 1), 1, 5);
        frame.Add([0, 128, 129, 32768, 65535], 1);
        Assert.Equal([0, 0, 1, 128, 255], frame.Finish().Pixels);
    }

    /// <summary>EXIF 2.32, table 6: where the 0th row and the 0th column of the stored image belong.</summary>
    [Theory]
    [InlineData(1, "abc/def"), InlineData(2, "cba/fed"), InlineData(3, "fed/cba"), InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf"), InlineData(6, "da/eb/fc"), InlineData(7, "fc/eb/da"), InlineData(8, "cf/be/ad")]
    [InlineData(0, "abc/def"), InlineData(9, "abc/def")]
    public void Each_orientation_is_turned_upright(int orientation, string upright)
    {
        var turned = Orientation.Upright(new Raster(2, 3, 1, "abcdef"u8.ToArray()), orientation);
        var rows = Enumerable.Range(0, turned.Height).Select(y => System.Text.Encoding.ASCII.GetString(turned.Row(y)));
        Assert.Equal(upright, string.Join('/', rows));
    }

    [Fact]
    public void A_turned_image_is_cropped_as_it_stands_upright()
    {
        // Stored 2 x 6, upright 6 x 2 by orientation 6: the crop to 2 x 2 takes the middle rows of the upright image.
        var frame = new Frame(new Framing(2, 2, 1), 2, 6, orientation: 6);
        frame.Add([1, 2, 3, 4, 5, 6], 1);
        frame.Add([11, 12, 13, 14, 15, 16], 1);
        Assert.Equal([13, 3, 14, 4], frame.Finish().Pixels);
    }

    [Fact]
    public void Missing_rows_are_noticed()
    {
        var frame = new Frame(new Framing(2, 2, 1), 2, 2);
        frame.Add([1, 2], 1);
        Assert.Throws<InvalidOperationException>(frame.Finish);
    }

    [Theory]
    [InlineData("#fff", 255, 255, 255), InlineData("#a01", 0xAA, 0x00, 0x11), InlineData("#12ABef", 0x12, 0xAB, 0xEF)]
    public void Colours_are_read(string text, byte r, byte g, byte b) => Assert.Equal(new Rgb(r, g, b), Rgb.Parse(text));

    [Theory]
    [InlineData(""), InlineData("black"), InlineData("#12"), InlineData("123456"), InlineData("#12345g"), InlineData("#+12345")]
    public void Anything_else_is_no_colour(string text) =>
        Assert.Equal("a colour such as '#ffffff' or '#fff'", Assert.Throws<FormatException>(() => Rgb.Parse(text)).Message);
}
