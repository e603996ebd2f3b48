using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Tests.Imaging;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Data;

public sealed class ImageStreamTests
{
    [Fact, LeaksNoTensors]
    public void Batches_are_float_images_in_minus_1_to_1_with_their_labels()
    {
        using var scope = NewDisposeScope();
        using var data = new SomeData().WithGreys(4, "a/").WithGreys(4, "b/");
        using var set = data.Open(o => o with { Channels = 3, Resolution = new(4, 5) });
        var batch = new ImageStream(set, 1, CPU).Batches(0, 3).First();
        Assert.Equal([3, 3, 4, 5], batch.Images.shape);
        Assert.Equal(ScalarType.Float32, batch.Images.dtype);
        Assert.Equal([60, 1, 15, 3], batch.Images.stride());
        for (var i = 0; i < 3; i++)
        {
            var index = batch.Indices[i];
            Assert.Equal(set.Label(index), (int)batch.Condition.Label![i].item<long>());
            Close.Equal(set.Read(index).Pixels[0] / 127.5 - 1, batch.Images[i, 2, 3, 4].item<float>(), Close.Float, 1e-7);
        }
    }

    [Fact]
    public void Without_labels_there_is_no_condition()
    {
        using var scope = NewDisposeScope();
        using var data = new SomeData().WithGreys(4, "a/").WithGreys(4, "b/");
        using var set = data.Open(o => o with { Labels = false });
        Assert.Null(new ImageStream(set, 1, CPU).Batches(0, 2).First().Condition.Label);
    }

    [Fact]
    public void Starting_at_image_n_gives_what_would_have_come()
    {
        using var data = new SomeData().WithGreys(23);
        using var set = data.Open(o => o with { Flip = true, Channels = 1 });
        var whole = Order(set, 0, 120);
        foreach (var start in new[] { 1, 7, 22, 23, 24, 60 })
        {
            Assert.Equal(whole[start..], Order(set, start, 120 - start));
        }

        using var scope = NewDisposeScope();
        var late = new ImageStream(set, 1, CPU).Batches(123_456_789_012, 5).First().Indices;
        Assert.Equal(late, new ImageStream(set, 1, CPU).Batches(123_456_789_010, 7).First().Indices.Skip(2));
    }

    [Fact]
    public void The_order_does_not_depend_on_workers_batch_size_or_cache()
    {
        using var data = new SomeData().WithGreys(23);
        data.Write("007.png", SomeFiles.Text);
        List<List<int>> orders = [];
        foreach (var (workers, batch, cacheMb) in new[] { (1, 1, 1024), (2, 7, 0), (8, 50, 1024), (4, 3, 0) })
        {
            using var set = data.Open(o => o with { Workers = workers, CacheMb = cacheMb });
            orders.Add(Order(set, 0, 100, batch));
        }

        Assert.All(orders, order => Assert.Equal(orders[0], order));
    }

    [Fact]
    public void Each_epoch_shows_each_training_image_once_and_no_held_out_one()
    {
        using var data = new SomeData().WithGreys(20);
        using var set = data.Open(o => o with { HeldOut = 4 });
        var order = Order(set, 0, 48);
        Assert.Equal(16, set.Training.Count);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            Assert.Equal(set.Training, order.Skip(16 * epoch).Take(16).Order());
        }

        Assert.NotEqual(order.Take(16), order.Skip(16).Take(16));
    }

    [Fact, LeaksNoTensors]
    public void The_held_out_images_come_once_in_their_order()
    {
        using var scope = NewDisposeScope();
        using var data = new SomeData().WithGreys(20);
        using var set = data.Open(o => o with { HeldOut = 7, Flip = true });
        var batches = new ImageStream(set, 1, CPU).HeldOut(3).ToList();
        Assert.Equal([3, 3, 1], batches.Select(b => (int)b.Images.shape[0]));
        Assert.Equal(set.HeldOut, batches.SelectMany(b => b.Indices));
        using var none = data.Open();
        Assert.Empty(new ImageStream(none, 1, CPU).HeldOut(3));
    }

    [Fact]
    public void A_corrupt_image_is_replaced_by_the_next_in_the_order()
    {
        using var data = new SomeData().WithGreys(12);
        using var whole = data.Open();
        var expected = Order(whole, 0, 36);
        var bad = expected[3];
        data.Write($"{bad:d3}.png", SomeFiles.Text);
        using var set = data.Open();
        var order = Order(set, 0, 36);
        for (var n = 0; n < 36; n++)
        {
            var next = n / 12 * 12 + (n + 1) % 12;
            Assert.Equal(expected[n] == bad ? expected[next] : expected[n], order[n]);
        }

        Assert.Single(data.Reports);
    }

    [Fact]
    public void Fail_stops_at_the_image_with_its_name()
    {
        using var data = new SomeData().WithGreys(12);
        data.Write("005.png", SomeFiles.Text);
        using var set = data.Open(o => o with { OnCorrupt = OnCorrupt.Fail });
        Assert.StartsWith("005.png: not a JPEG", Assert.Throws<UnreadableImageException>(() => Order(set, 0, 12)).Message);
    }

    [Fact]
    public void When_everything_turns_out_corrupt_the_error_names_some()
    {
        using var data = new SomeData().WithGreys(6);
        using var set = data.Open();
        foreach (var file in Directory.GetFiles(data.Path, "*.png"))
        {
            File.WriteAllBytes(file, SomeFiles.Text);
        }

        var problem = Assert.Throws<InvalidDataException>(() => Order(set, 0, 6)).Message;
        Assert.StartsWith("6 images in a row are corrupt, for example 00", problem);
    }

    [Fact]
    public void Half_of_the_images_are_mirrored_and_each_time_anew()
    {
        using var scope = NewDisposeScope();
        using var data = new SomeData();
        for (var i = 0; i < 4; i++)
        {
            var image = new Raster(1, 3, 3);
            image.Fill(0, 0, 1, 1, SomeFiles.White);
            image.Fill(0, 1, 1, 1, SomeFiles.Red);
            using var file = new MemoryStream();
            Png.Write(file, image);
            data.Write($"{i}.png", file.ToArray());
        }

        using var set = data.Open(o => o with { Resolution = new(1, 3), Channels = 3, Flip = true });
        var plain = set.Read(0).Pixels;
        byte[] mirrored = [.. plain[6..9], .. plain[3..6], .. plain[0..3]];
        List<bool> flips = [];
        foreach (var batch in new ImageStream(set, 1, CPU).Batches(0, 40).Take(10))
        {
            for (var i = 0; i < 40; i++)
            {
                var pixels = Pixels.ToRasters(batch.Images.narrow(0, i, 1))[0].Pixels;
                flips.Add(pixels.SequenceEqual(mirrored));
                Assert.Equal(flips[^1] ? mirrored : plain, pixels);
            }
        }

        Assert.InRange(flips.Count(f => f), 160, 240);
        Assert.Contains(true, flips[..4]);
        Assert.Equal(flips, Flips(set, 400));

        static List<bool> Flips(DataSet set, int count)
        {
            using var scope = NewDisposeScope();
            var first = new ImageStream(set, 1, CPU).Batches(0, count).First().Images[TensorIndex.Ellipsis, 0].narrow(1, 0, 1).flatten();
            return [.. first.data<float>().ToArray().Select(v => v < 0.5)];
        }
    }

    [Fact]
    public async Task Leaving_early_never_hangs()
    {
        using var data = new SomeData().WithGreys(40);
        using var set = data.Open(o => o with { Workers = 4, CacheMb = 0 });
        for (var trial = 0; trial < 30; trial++)
        {
            var left = Task.Run(() => Order(set, trial, trial % 5 * 8, 8));
            await left.WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    [Fact, LeaksNoTensors]
    public void Two_streams_can_run_side_by_side()
    {
        using var scope = NewDisposeScope();
        using var data = new SomeData().WithGreys(23);
        using var set = data.Open();
        using var one = new ImageStream(set, 1, CPU).Batches(0, 5).GetEnumerator();
        using var two = new ImageStream(set, 1, CPU).Batches(0, 5).GetEnumerator();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(one.MoveNext() && two.MoveNext());
            Assert.Equal(one.Current.Indices, two.Current.Indices);
        }
    }

    private static List<int> Order(DataSet set, long start, int count, int batch = 4)
    {
        using var scope = NewDisposeScope();
        var indices = new List<int>();
        foreach (var next in new ImageStream(set, 1, CPU).Batches(start, batch).Take((count + batch - 1) / batch))
        {
            indices.AddRange(next.Indices);
        }

        return indices[..count];
    }
}
