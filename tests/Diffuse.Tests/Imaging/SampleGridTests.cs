using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

public sealed class SampleGridTests
{
    [Theory]
    [InlineData(28, 28, 3, 84), InlineData(64, 64, 1, 64), InlineData(65, 65, 1, 65), InlineData(8, 16, 8, 64)]
    public void Small_images_are_enlarged_by_a_whole_factor(int height, int width, int factor, int cellHeight)
    {
        var sheet = new SampleGrid { Columns = 2 }.Compose([.. Enumerable.Range(0, 4).Select(_ => new Raster(height, width, 1))]);
        Assert.Equal(2 + 2 * (cellHeight + 2), sheet.Height);
        Assert.Equal(2 + 2 * (width * factor + 2), sheet.Width);
    }

    [Fact]
    public void Images_run_along_the_rows_and_their_pixels_become_squares()
    {
        var images = Enumerable.Range(0, 5).Select(k => new Raster(1, 2, 1, [(byte)(10 * k), (byte)(10 * k + 1)])).ToList();
        var sheet = new SampleGrid { Columns = 3, SmallestCell = 2 }.Compose(images);
        Assert.Equal(2 + 2 * 4, sheet.Height);
        foreach (var (k, y, x) in new[] { (0, 2, 2), (1, 2, 8), (2, 2, 14), (3, 6, 2), (4, 6, 8) })
        {
            byte[] row = [(byte)(10 * k), (byte)(10 * k), (byte)(10 * k + 1), (byte)(10 * k + 1)];
            Assert.Equal(row, sheet.Row(y).Slice(x, 4).ToArray());
            Assert.Equal(row, sheet.Row(y + 1).Slice(x, 4).ToArray());
        }

        Assert.Equal(255, sheet.Row(6)[14]);
    }

    [Fact]
    public void Labels_take_room_outside_the_images()
    {
        List<Raster> images = [.. Enumerable.Range(0, 4).Select(_ => new Raster(64, 64, 3))];
        var plain = new SampleGrid { Columns = 2 }.Compose(images);
        var labelled = new SampleGrid
        {
            Columns = 2, Title = "t", RowLabels = ["one", "two"], ColumnLabels = ["a", "b"], Captions = ["p", "q", "r", "s"],
        }.Compose(images);
        Assert.True(labelled.Height > plain.Height && labelled.Width > plain.Width);
        Assert.Equal(Count(plain, 0), Count(labelled, 0));
        Assert.Equal(0, Count(plain, 0x20));
        Assert.True(Count(labelled, 0x20) > 100);
    }

    [Fact]
    public void Every_printable_character_has_its_own_shape()
    {
        var shapes = Enumerable.Range(' ', '~' - ' ' + 1).Select(c =>
        {
            var cell = new Raster(8, 6, 1);
            BitmapFont.Draw(cell, ((char)c).ToString(), 0, 0, 1, new Rgb(255, 255, 255));
            return Convert.ToHexString(cell.Pixels);
        });
        Assert.Equal(95, shapes.Distinct().Count());
    }

    [Theory]
    [InlineData("Ankle boot", 200, "Ankle boot"), InlineData("Ankle boot", 59, "Ankle boot"), InlineData("Ankle boot", 58, "Ankle b..")]
    [InlineData("Ankle", 5, "A"), InlineData("Ankle", 4, "")]
    public void A_label_too_long_for_its_image_is_cut(string label, int width, string fitted) =>
        Assert.Equal(fitted, BitmapFont.Fitted(label, 1, width));

    [Fact]
    public void Images_of_different_sizes_are_refused() =>
        Assert.Throws<ArgumentException>(() => new SampleGrid { Columns = 2 }.Compose([new Raster(2, 2, 1), new Raster(2, 3, 1)]));

    private static int Count(Raster sheet, byte value)
    {
        var count = 0;
        for (var i = 0; i < sheet.Pixels.Length; i += sheet.Channels)
        {
            count += sheet.Pixels[i] == value ? 1 : 0;
        }

        return count;
    }
}
