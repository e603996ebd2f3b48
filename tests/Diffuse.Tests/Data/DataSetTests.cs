using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Tests.Imaging;

namespace Diffuse.Tests.Data;

public sealed class DataSetTests
{
    [Fact]
    public void The_held_out_images_depend_on_the_seed_alone_and_are_as_many_as_asked_for()
    {
        Assert.Equal(Split.Of(1000, 0.02, 5).HeldOut, Split.Of(1000, 0.02, 5).HeldOut);
        Assert.NotEqual(Split.Of(1000, 0.02, 5).HeldOut, Split.Of(1000, 0.02, 6).HeldOut);
        foreach (var (count, heldOut, expected) in new[]
        {
            (1000, 0.02, 20), (1000, 0.0, 0), (1000, 64.0, 64), (10, 0.02, 1), (1, 0.02, 0), (3, 0.9999, 2),
        })
        {
            var split = Split.Of(count, heldOut, 1);
            Assert.Equal(expected, split.HeldOut.Count);
            Assert.Equal(Enumerable.Range(0, count), split.HeldOut.Concat(split.Training).Order());
        }
    }

    [Fact]
    public void Holding_out_everything_is_refused()
    {
        var problem = Assert.Throws<ConfigException>(() => Split.Of(10, 10, 1)).Message;
        Assert.Equal("data.held_out: 10 of 10 images leave none to train on", problem);
    }

    [Fact]
    public void The_fingerprint_tells_data_and_preprocessing_apart_and_nothing_else()
    {
        using var data = new SomeData().WithGreys(3);
        var first = Fingerprint(data);
        Assert.Equal(64, first.Length);
        Assert.Equal(first, Fingerprint(data, o => o with { Workers = 1, CacheMb = 0, HeldOut = 1, Flip = true }));
        var others = new List<string>
        {
            first,
            Fingerprint(data, o => o with { Resolution = new(4, 5) }),
            Fingerprint(data, o => o with { Channels = 3 }),
            Fingerprint(data, o => o with { Fit = Fit.Pad }),
            Fingerprint(data, o => o with { Filter = Filter.Box }),
            Fingerprint(data, o => o with { Background = new Rgb(1, 2, 3) }),
        };
        data.Write("classes/a/1.png", SomeFiles.Jpeg);
        others.Add(Fingerprint(data, o => o with { Labels = false }));
        File.Move(data.At("classes", "a", "1.png"), data.At("b.png"));
        others.Add(Fingerprint(data));
        data.Write("b.png", SomeFiles.Webp);
        others.Add(Fingerprint(data));
        others.Add(Fingerprint(data, o => o with { Path = data.Zipped() }));
        Assert.Equal(others.Count, others.Distinct().Count());
    }

    [Fact]
    public void A_changed_caption_changes_the_fingerprint()
    {
        using var data = new SomeData().WithGreys(2);
        List<string> prints = [Fingerprint(data)];
        foreach (var words in (string[])["red heart", "red apple"])
        {
            data.Write("metadata.jsonl", $$"""
                {"file_name": "000.png", "text": "{{words}}"}
                {"file_name": "001.png", "text": "a bag"}
                """);
            prints.Add(Fingerprint(data));
        }

        Assert.Equal(3, prints.Distinct().Count());
    }

    [Fact]
    public void Images_are_left_out_by_the_words_of_their_captions()
    {
        using var data = new SomeData().WithGreys(4);
        data.Write("metadata.jsonl", """
            {"file_name": "000.png", "text": "Red heart"}
            {"file_name": "001.png", "text": "red apple, dark skin tone"}
            {"file_name": "002.png", "text": "flag"}
            """);
        using var some = data.Open(o => o with { Without = ["SKIN tone", "flag"] });
        Assert.Equal(["000.png", "003.png"], some.Training.Select(some.Name));
        Assert.Equal(3, some.Read(1).Pixels[0]);
        using var all = data.Open();
        Assert.NotEqual(all.Fingerprint, some.Fingerprint);
        Assert.Contains("\"blue\" is in no image's caption or name", Assert.Throws<ConfigException>(() => data.Open(o => o with { Without = ["blue"] })).Message);
        Assert.Contains("no image of 4 is left", Assert.Throws<ConfigException>(() => data.Open(o => o with { Without = ["png"] })).Message);
    }

    [Fact]
    public void Replaced_pixels_of_equal_size_change_the_fingerprint_of_raw_files()
    {
        using var data = new SomeData();
        data.Write("train-images-idx3-ubyte", SomeData.Idx([1, 2, 2], [1, 2, 3, 4]));
        var before = Fingerprint(data);
        data.Write("train-images-idx3-ubyte", SomeData.Idx([1, 2, 2], [1, 2, 3, 5]));
        Assert.NotEqual(before, Fingerprint(data));
    }

    [Fact]
    public void A_corrupt_image_is_named_once_and_counted()
    {
        using var data = new SomeData().WithGreys(5);
        data.Write("002.png", []);
        using var set = data.Open();
        var pixels = new byte[16];
        Assert.False(set.TryRead(2, pixels));
        Assert.False(set.TryRead(2, pixels));
        Assert.True(set.TryRead(3, pixels));
        Assert.Equal(["skipped 002.png: the file is empty"], data.Reports);
        Assert.Equal("002.png: the file is empty", Assert.Single(set.Corrupt).Value);
    }

    [Fact]
    public void Many_corrupt_images_do_not_flood_the_report()
    {
        using var data = new SomeData().WithGreys(50);
        for (var i = 1; i < 50; i++)
        {
            data.Write($"{i:d3}.png", SomeFiles.Text);
        }

        using var set = data.Open();
        for (var i = 0; i < 50; i++)
        {
            set.TryRead(i, new byte[16]);
        }

        Assert.Equal(49, set.Corrupt.Count);
        Assert.Equal(20, data.Reports.Count);
        Assert.EndsWith("further corrupt images are only counted", data.Reports[^1]);
    }

    [Fact]
    public void Fail_stops_at_the_first_corrupt_image()
    {
        using var data = new SomeData().WithGreys(5);
        data.Write("002.png", SomeFiles.Text);
        using var set = data.Open(o => o with { OnCorrupt = OnCorrupt.Fail });
        Assert.StartsWith("002.png: not a JPEG", Assert.Throws<UnreadableImageException>(() => set.TryRead(2, new byte[16])).Message);
    }

    [Fact]
    public void A_folder_of_corrupt_images_only_is_refused_at_once()
    {
        using var data = new SomeData();
        for (var i = 0; i < 30; i++)
        {
            data.Write($"{i}.jpg", i % 2 == 0 ? [] : SomeFiles.Text);
        }

        var problem = Assert.Throws<ConfigException>(() => data.Open()).Message;
        Assert.StartsWith($"data.path: none of 8 images tried in {data.Path} can be read: 0.jpg: the file is empty; ", problem);
    }

    [Fact]
    public void A_large_data_set_is_kept_on_disk_and_found_again()
    {
        using var data = new SomeData().WithGreys(6);
        using (var set = data.Open(o => o with { CacheMb = 0 }))
        {
            Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(i, set.Read(i).Pixels[5]));
        }

        // What is in the cache needs the files no more.
        var fingerprint = Fingerprint(data);
        data.Reports.Clear();
        using var again = data.Open(o => o with { CacheMb = 0 });
        Assert.Equal(fingerprint, again.Fingerprint);
        Assert.Contains("4 of 6 are there", Assert.Single(data.Reports));
        File.Delete(data.At("001.png"));
        Assert.Equal(1, again.Read(1).Pixels[5]);
        Assert.True(again.IsKnown(1));
        Assert.False(again.IsKnown(5));
    }

    [Fact]
    public void A_damaged_cache_is_noticed_and_mended()
    {
        using var data = new SomeData().WithGreys(6);
        using (var set = data.Open(o => o with { CacheMb = 0 }))
        {
            Assert.All(Enumerable.Range(0, 6), i => Assert.Equal(i, set.Read(i).Pixels[5]));
        }

        var file = Directory.GetFiles(data.At("cache")).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^3] ^= 0xFF;
        File.WriteAllBytes(file, bytes);
        using (var set = data.Open(o => o with { CacheMb = 0 }))
        {
            Assert.All(Enumerable.Range(0, 6), i => Assert.All(set.Read(i).Pixels, p => Assert.Equal(i, p)));
        }

        // Of another length, or with another head: begun anew.
        File.WriteAllBytes(file, bytes[..^10]);
        using var anew = data.Open(o => o with { CacheMb = 0 });
        Assert.Contains("0 of 6 are there", data.Reports[^1]);
        Assert.Equal(5, anew.Read(5).Pixels[5]);
    }

    [Fact]
    public void Without_a_place_for_the_cache_images_are_decoded_every_time()
    {
        using var data = new SomeData().WithGreys(3);
        var notAFolder = data.Write("cache", "a file where the folder should be");
        using var set = data.Open(o => o with { CacheMb = 0 });
        Assert.Contains("every image is decoded again each time", Assert.Single(data.Reports));
        Assert.Equal(2, set.Read(2).Pixels[5]);
        Assert.False(set.IsKnown(2));
        Assert.True(File.Exists(notAFolder));
    }

    private static string Fingerprint(SomeData data, Func<DataOptions, DataOptions>? change = null)
    {
        using var set = data.Open(change);
        return set.Fingerprint;
    }
}
