using System.Diagnostics;
using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

public sealed class CodecTests
{
    private static readonly Framing asStored = new(SomeFiles.Height, SomeFiles.Width, 3);

    public static TheoryData<string> Formats => ["jpeg", "webp", "gif", "tiff", "png", "bmp"];

    [Theory, MemberData(nameof(Formats))]
    public void Each_format_gives_the_picture(string format)
    {
        var image = Decode(File(format));
        Near(SomeFiles.Red, image, 2, 3, format == "jpeg" ? 2 : 0);
        Near(SomeFiles.Green, image, 2, 20, format == "jpeg" ? 2 : 0);
        Near(SomeFiles.Blue, image, 13, 3, format == "jpeg" ? 2 : 0);
        Near(SomeFiles.White, image, 13, 20, format == "jpeg" ? 2 : 0);
    }

    [Fact]
    public void Cmyk_becomes_rgb()
    {
        var image = Decode(SomeFiles.CmykJpeg);
        Near(SomeFiles.Red, image, 2, 3, 60);
        Near(SomeFiles.White, image, 13, 20, 10);
    }

    [Theory]
    [InlineData(1, "rgbw"), InlineData(2, "grwb"), InlineData(3, "wbgr"), InlineData(4, "bwrg")]
    [InlineData(5, "rbgw"), InlineData(6, "brwg"), InlineData(7, "wgbr"), InlineData(8, "gwrb")]
    public void Exif_orientation_is_applied(int orientation, string quadrants)
    {
        var (height, width) = orientation > 4 ? (SomeFiles.Width, SomeFiles.Height) : (SomeFiles.Height, SomeFiles.Width);
        var image = Decode(SomeFiles.TurnedJpeg(orientation), new Framing(height, width, 3));
        for (var i = 0; i < 4; i++)
        {
            var colour = quadrants[i] switch { 'r' => SomeFiles.Red, 'g' => SomeFiles.Green, 'b' => SomeFiles.Blue, _ => SomeFiles.White };
            Near(colour, image, i < 2 ? 2 : height - 3, i % 2 == 0 ? 2 : width - 3, 3);
        }
    }

    [Theory]
    [InlineData(16, 24), InlineData(8, 12), InlineData(2, 3)]
    public void A_jpeg_reads_the_same_with_exif_and_without(int height, int width)
    {
        var framing = new Framing(height, width, 3);
        Assert.Equal(Decode(SomeFiles.Jpeg, framing).Pixels, Decode(SomeFiles.TurnedJpeg(1), framing).Pixels);
    }

    [Fact]
    public void Shrinking_a_large_jpeg_while_it_is_decoded_changes_little()
    {
        var small = Decode(SomeFiles.Jpeg, new Framing(2, 3, 3, Filter: Filter.Box));
        Assert.Equal(4, ImageCodecs.ShrinkOnLoad(new Framing(2, 3, 3), SomeFiles.Height, SomeFiles.Width) * 2);
        Near(SomeFiles.Red, small, 0, 0, 6);
        Near(SomeFiles.White, small, 1, 2, 6);
    }

    [Fact]
    public void Palettes_sixteen_bits_grey_and_alpha_are_understood()
    {
        byte[] palette = [10, 20, 30, 200, 100, 50];
        Assert.Equal([10, 20, 30, 200, 100, 50], Decode(SomeFiles.AnyPng(2, 1, 8, 3, [0, 1], palette), new Framing(1, 2, 3)).Pixels);
        Assert.Equal([255, 0, 255, 0], Decode(SomeFiles.AnyPng(4, 1, 1, 0, [0b1010_0000]), new Framing(1, 4, 1)).Pixels);
        Assert.Equal([0x12, 0xFF], Decode(SomeFiles.AnyPng(2, 1, 16, 0, [0x12, 0x12, 0xFF, 0xFF]), new Framing(1, 2, 1)).Pixels);
        Assert.Equal([1, 2, 3], Decode(SomeFiles.AnyPng(1, 1, 16, 2, [1, 1, 2, 2, 3, 3]), new Framing(1, 1, 3)).Pixels);

        var grey = new Framing(1, 2, 1, Background: new Rgb(255, 255, 255));
        var colour = grey with { Channels = 3 };
        Assert.Equal([255, 80], Decode(SomeFiles.AnyPng(2, 1, 8, 4, [80, 0, 80, 255]), grey).Pixels);
        Assert.Equal([255, 255, 255, 1, 2, 3], Decode(SomeFiles.AnyPng(2, 1, 8, 6, [1, 2, 3, 0, 1, 2, 3, 255]), colour).Pixels);
        var glass = SomeFiles.AnyPng(2, 1, 8, 3, [0, 1], palette, transparency: [0, 255]);
        Assert.Equal([255, 255, 255, 200, 100, 50], Decode(glass, colour).Pixels);
    }

    [Fact]
    public void Grey_is_asked_for_and_given() =>
        Assert.Equal(Rgb.Luma(220, 20, 20), Decode(SomeFiles.Png, asStored with { Channels = 1 }).Row(2)[3]);

    [Fact]
    public void What_is_no_image_is_named_with_what_it_is()
    {
        Assert.Equal("a/b.png: the file is empty", Unreadable([], "a/b.png").Message);
        Assert.Equal(
            "a.jpg: not a JPEG, PNG, GIF, WebP, TIFF or BMP image: it starts with \"<html>no\"",
            Unreadable(SomeFiles.Text, "a.jpg").Message);
        Assert.EndsWith("it starts with 0001020304050607", Unreadable([0, 1, 2, 3, 4, 5, 6, 7, 8], "x").Message);
    }

    [Theory, MemberData(nameof(Formats))]
    public void A_truncated_file_is_refused_by_name(string format)
    {
        var file = File(format);
        foreach (var length in new[] { 12, file.Length / 4, file.Length / 2, file.Length * 3 / 4 })
        {
            Assert.StartsWith("some/file: ", Unreadable(file[..length], "some/file").Message);
        }
    }

    [Theory]
    [InlineData("jpeg"), InlineData("png"), InlineData("webp"), InlineData("bmp")]
    public void Most_formats_tell_that_they_are_cut_off_without_decoding(string format)
    {
        var file = File(format);
        Assert.False(ImageFormats.IsCutOff(file, ImageFormats.Of(file, format)));
        for (var length = 30; length < file.Length - 8; length++)
        {
            var cut = file.AsSpan(0, length);
            var beforeTheScan = format == "jpeg" && cut.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]) < 0;
            Assert.True(beforeTheScan || ImageFormats.IsCutOff(cut, ImageFormats.Of(cut, format)));
        }
    }

    [Fact]
    public void Damage_anywhere_is_an_error_or_an_image_but_never_a_crash()
    {
        var random = new Random(5);
        foreach (var file in new[] { "jpeg", "webp", "gif", "tiff", "png", "bmp" }.Select(File))
        {
            for (var trial = 0; trial < 40; trial++)
            {
                var damaged = file.ToArray();
                for (var k = 0; k < 4; k++)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                try
                {
                    Assert.Equal(asStored.Bytes, Decode(damaged).Pixels.Length);
                }
                catch (UnreadableImageException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded()
    {
        var claim = Unreadable(SomeFiles.AnyPng(60_000, 60_000, 8, 2, []), "bomb.png");
        Assert.Equal("bomb.png: 60000x60000 pixels are more than the 268435456 that are read", claim.Message);
    }

    [Fact]
    public async Task Many_threads_decode_at_once()
    {
        var expected = Decode(SomeFiles.Jpeg).Pixels;
        var workers = Enumerable.Range(0, 4).Select(w => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(expected, Decode(SomeFiles.Jpeg).Pixels);
                Assert.Throws<UnreadableImageException>(() => Decode(SomeFiles.Jpeg[..200]));
            }
        }));
        await Task.WhenAll(workers);
    }

    [Fact]
    public void Decoding_leaves_no_memory_behind()
    {
        // 768 kB of pixels each: 120 images kept would be 90 MB.
        var large = SomeFiles.Plain(SomeFiles.Red, 512, 512);
        Decodes(30);
        var before = Decodes(30);
        Assert.InRange(Decodes(120) - before, long.MinValue, 20 << 20);

        long Decodes(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Decode(large);
                Assert.Throws<UnreadableImageException>(() => Decode(large[..^30]));
            }

            // What the managed heap holds for other tests' garbage is given back, so that only the decoder's memory is left to see.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    private static Raster Decode(byte[] file, Framing? framing = null) =>
        ImageCodecs.Default.Decode(file, "some/file", framing ?? asStored);

    private static UnreadableImageException Unreadable(byte[] file, string name) =>
        Assert.Throws<UnreadableImageException>(() => ImageCodecs.Default.Decode(file, name, asStored));

    private static byte[] File(string format) => format switch
    {
        "jpeg" => SomeFiles.Jpeg,
        "webp" => SomeFiles.Webp,
        "gif" => SomeFiles.Gif,
        "tiff" => SomeFiles.Tiff,
        "bmp" => SomeFiles.Bmp(),
        _ => SomeFiles.Png,
    };

    private static void Near(Rgb colour, Raster image, int y, int x, int tolerance)
    {
        var pixel = image.Row(y).Slice(3 * x, 3).ToArray();
        Assert.All(pixel.Zip([colour.R, colour.G, colour.B]), p => Assert.InRange(p.First - p.Second, -tolerance, tolerance));
    }
}
