using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Tests.Imaging;

namespace Diffuse.Tests.Data;

/// <summary>Folders and zips, which hold the same trees.</summary>
public sealed class FolderTests
{
    private static readonly byte[] image = SomeFiles.Plain(SomeFiles.Red);

    [Theory, InlineData(false), InlineData(true)]
    public void Images_are_found_at_any_depth_with_any_case_of_extension_in_ordinal_order(bool zip)
    {
        using var data = new SomeData();
        foreach (var path in new[]
        {
            "b/x.PNG", "a/deep/er/y.jpg", "a/Z.JPEG", "b/w.webp", "a/notes.txt", ".hidden/h.png", "a/.h.png", "__MACOSX/a/._Z.JPEG",
        })
        {
            data.Write(path, image);
        }

        using var set = Open(data, zip);
        Assert.Equal(["a/Z.JPEG", "a/deep/er/y.jpg", "b/w.webp", "b/x.PNG"], Enumerable.Range(0, set.Count).Select(set.Name));
        Assert.Equal(["a", "b"], set.Classes);
        Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, set.Count).Select(set.Label));
    }

    [Fact]
    public void A_folder_around_everything_is_no_class()
    {
        using var data = new SomeData();
        data.Write("set/images/cat/1.png", image);
        data.Write("set/images/dog/2.png", image);
        using var set = data.Open();
        Assert.Equal(["cat", "dog"], set.Classes);

        using var flat = new SomeData().WithGreys(3, "images/");
        using var unlabelled = flat.Open();
        Assert.Empty(unlabelled.Classes);
        Assert.Null(unlabelled.Label(0));
    }

    [Fact]
    public void Images_outside_the_class_folders_lack_a_label()
    {
        using var data = new SomeData().WithGreys(2);
        data.Write("cat/1.png", image);
        Assert.Equal(
            "data.labels: 2 images (000.png, 001.png) of 3 without a label; give one to every image, or set labels: false",
            Assert.Throws<ConfigException>(() => data.Open()).Message);
        using var set = data.Open(o => o with { Labels = false });
        Assert.Equal(3, set.Count);
        Assert.Empty(set.Classes);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Dataset_json_gives_labels_and_classes_txt_their_names(bool zip)
    {
        using var data = new SomeData().WithGreys(3, "00000/");
        data.Write("dataset.json", """{"labels": [["00000/000.png", 2], ["00000/001.png", 0], ["00000/002.png", 2]]}""");
        using (var set = Open(data, zip))
        {
            Assert.Equal(["0", "1", "2"], set.Classes);
            Assert.Equal([2, 0, 2], Enumerable.Range(0, 3).Select(set.Label));
        }

        data.Write("classes.txt", "shirt\r\ncoat\nbag\nboot\n");
        using var named = Open(data, zip);
        Assert.Equal(["shirt", "coat", "bag", "boot"], named.Classes);
    }

    [Fact]
    public void Dataset_json_without_labels_means_none_whatever_the_folders()
    {
        using var data = new SomeData().WithGreys(2, "00000/").WithGreys(2, "00001/");
        data.Write("dataset.json", """{"labels": null}""");
        using var set = data.Open();
        Assert.Empty(set.Classes);
    }

    [Theory]
    [InlineData("""{"labels": [["000.png", "cat"]]}"""), InlineData("""{"labels": [["000.png"]]}"""), InlineData("""{"labels": 5}""")]
    [InlineData("""{"labels": [["000.png", -1]]}"""), InlineData("""{"labels": [["000.png", 0], ["000.png", 1]]}""")]
    [InlineData("""{"labels": [[null, 1]]}"""), InlineData("[]"), InlineData("{")]
    public void A_dataset_json_of_another_form_is_refused(string json)
    {
        using var data = new SomeData().WithGreys(1);
        data.Write("dataset.json", json);
        Assert.StartsWith("data.path: dataset.json is not", Assert.Throws<ConfigException>(() => data.Open()).Message);
    }

    [Fact]
    public void A_label_far_too_large_is_refused()
    {
        using var data = new SomeData().WithGreys(1);
        data.Write("dataset.json", """{"labels": [["000.png", 2000000000]]}""");
        Assert.Contains("the label 2000000000 is too large", Assert.Throws<ConfigException>(() => data.Open()).Message);
    }

    [Fact]
    public void Metadata_jsonl_gives_names_and_captions()
    {
        using var data = new SomeData().WithGreys(3, "train/");
        data.Write("train/metadata.jsonl", """
            {"file_name": "001.png", "label": "dog", "text": "a dog"}
            {"file_name": "000.png", "label": "cat", "text": "a cat", "more": [1]}

            {"file_name": "002.png", "label": "dog"}
            """);
        using var set = data.Open();
        Assert.Equal(["cat", "dog"], set.Classes);
        Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(set.Label));
        Assert.Equal(["a cat", "a dog", null], Enumerable.Range(0, 3).Select(set.Text));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Metadata_jsonl_may_give_numbers(bool zip)
    {
        using var data = new SomeData().WithGreys(2);
        data.Write("metadata.jsonl", "{\"file_name\": \"000.png\", \"label\": 3}\n{\"file_name\": \"001.png\", \"label\": 0}\n");
        using var set = Open(data, zip);
        Assert.Equal(4, set.Classes.Count);
        Assert.Equal([3, 0], Enumerable.Range(0, 2).Select(set.Label));
    }

    [Theory]
    [InlineData("{\"file_name\": \"000.png\"", "metadata.jsonl line 1 is not")]
    [InlineData("\n{\"label\": 1}", "metadata.jsonl line 2 is not")]
    [InlineData("{\"file_name\": \"000.png\", \"label\": 1.5}", "the label 1.5 is neither")]
    [InlineData("{\"file_name\": \"000.png\", \"label\": 1}\n{\"file_name\": \"001.png\", \"label\": \"x\"}", "some are names")]
    [InlineData("{\"file_name\": null}", "file_name is null")]
    [InlineData("{\"file_name\": \"000.png\"}\n{\"file_name\": \"000.png\"}", "describes 000.png twice")]
    [InlineData("{\"file_name\": \"none.png\"}", "describes 1 image that is (none.png) not there")]
    [InlineData("{\"file_name\": \"000.png\", \"label\": 1}", "data.labels: 1 image (001.png) of 2 without a label")]
    public void A_metadata_jsonl_that_does_not_fit_is_refused(string content, string message)
    {
        using var data = new SomeData().WithGreys(2);
        data.Write("metadata.jsonl", content);
        Assert.Contains(message, Assert.Throws<ConfigException>(() => data.Open()).Message);
    }

    [Fact]
    public void A_folder_without_images_is_told_what_it_holds_instead()
    {
        using var data = new SomeData();
        const string LookedFor = "looked for .png .jpg .jpeg .webp .bmp .gif .tif .tiff at any depth";
        Assert.Equal(
            $"data.path: {data.Path} holds no images: {LookedFor}, found no file at all",
            Assert.Throws<ConfigException>(() => data.Open()).Message);
        data.Write("a/1.txt", "x");
        data.Write("a/2.TXT", "x");
        data.Write("README", "x");
        Assert.EndsWith("found 2 .txt, 1 without extension", Assert.Throws<ConfigException>(() => data.Open()).Message);
    }

    [Fact]
    public void A_missing_path_is_named_with_the_nearest_that_is_there()
    {
        using var data = new SomeData().WithGreys(1, "flowers/");
        var problem = Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = data.At("flowesr") })).Message;
        Assert.Equal($"data.path: {data.At("flowesr")} does not exist; did you mean 'flowers'?", problem);
        problem = Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = "" })).Message;
        Assert.StartsWith("data.path: no path is given", problem);
    }

    [Fact]
    public void A_damaged_archive_is_refused_and_a_damaged_entry_is_only_skipped()
    {
        using var data = new SomeData();
        var archive = data.Write("broken.zip", "PK this is no zip");
        Assert.Contains("cannot be read", Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = archive })).Message);

        using var good = new SomeData().WithGreys(9);
        var bytes = File.ReadAllBytes(good.Zipped());
        Array.Fill(bytes, (byte)0x55, 45, 20);
        File.WriteAllBytes(good.Zipped() + "x.zip", bytes);
        try
        {
            using var set = good.Open(o => o with { Path = good.Path + ".zipx.zip" });
            Assert.Equal(9, Enumerable.Range(0, 9).Count(i => set.Name(i).Length > 0));
            Assert.Throws<UnreadableImageException>(() => set.Read(0));
            Assert.Equal(8, set.Read(8).Pixels[0]);
        }
        finally
        {
            File.Delete(good.Path + ".zipx.zip");
        }
    }

    [Fact]
    public async Task Many_threads_read_one_archive()
    {
        using var data = new SomeData().WithGreys(60);
        using var set = data.Open(o => o with { Path = data.Zipped(), CacheMb = 0 });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < set.Count; i++)
            {
                Assert.All(set.Read(i).Pixels, p => Assert.Equal(i, p));
            }
        })));
    }

    [Fact]
    public void Nothing_of_the_users_is_touched()
    {
        using var data = new SomeData().WithGreys(5);
        data.Write("bad.png", SomeFiles.Text);
        var before = Listing();
        using (var set = data.Open(o => o with { CacheMb = 0 }))
        {
            Assert.Equal(5, Enumerable.Range(0, 6).Count(i => set.TryRead(i, new byte[16])));
        }

        Directory.Delete(data.At("cache"), recursive: true);
        Assert.Equal(before, Listing());

        List<(string, long, DateTime)> Listing() =>
            [.. new DirectoryInfo(data.Path).EnumerateFiles("*", SearchOption.AllDirectories)
                .Select(f => (f.FullName, f.Length, f.LastWriteTimeUtc)).Order()];
    }

    private static DataSet Open(SomeData data, bool zip) => zip ? data.Open(o => o with { Path = data.Zipped() }) : data.Open();
}
