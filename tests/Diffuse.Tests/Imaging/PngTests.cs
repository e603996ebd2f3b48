using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

public sealed class PngTests
{
    [Theory]
    [InlineData(1, 1, 1), InlineData(1, 1, 3), InlineData(17, 31, 1), InlineData(31, 17, 3)]
    public void What_is_written_is_read_back_by_the_codec(int height, int width, int channels)
    {
        var random = new Random(1);
        var image = new Raster(height, width, channels);
        random.NextBytes(image.Pixels);
        Assert.Equal(image.Pixels, ImageCodecs.Default.Decode(Written(image), "x", new Framing(height, width, channels)).Pixels);
    }

    [Fact]
    public void Smooth_pictures_are_filtered_and_small()
    {
        var ramp = new Raster(64, 64, 1);
        for (var i = 0; i < ramp.Pixels.Length; i++)
        {
            ramp.Pixels[i] = (byte)(i % 64 * 3 + i / 64);
        }

        var file = Written(ramp);
        Assert.InRange(file.Length, 0, 300);
        Assert.Equal(ramp.Pixels, ImageCodecs.Default.Decode(file, "x", new Framing(64, 64, 1)).Pixels);
    }

    [Fact]
    public void Text_comes_back_with_any_characters()
    {
        var text = new Dictionary<string, string> { ["sampler"] = "ddim", ["prompt"] = "caf\u00e9 \u2603", ["empty"] = "" };
        Assert.Equal(text, Png.ReadText(new MemoryStream(Written(new Raster(1, 1, 1), text))));
    }

    [Fact]
    public void A_png_without_text_has_none() => Assert.Empty(Png.ReadText(new MemoryStream(Written(new Raster(2, 2, 3)))));

    [Fact]
    public void Other_files_and_cut_ones_are_refused()
    {
        foreach (var (file, message) in new[]
        {
            (SomeFiles.Jpeg, "not a PNG file"), (SomeFiles.Png[..^20], "the PNG file is cut off"), ([], "the PNG file is cut off"),
        })
        {
            Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Png.ReadText(new MemoryStream(file))).Message);
        }
    }

    private static byte[] Written(Raster image, IReadOnlyDictionary<string, string>? text = null)
    {
        using var file = new MemoryStream();
        Png.Write(file, image, text);
        return file.ToArray();
    }
}
