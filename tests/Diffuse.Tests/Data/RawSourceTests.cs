using Diffuse.Configuration;
using Diffuse.Data;

namespace Diffuse.Tests.Data;

/// <summary>MNIST's and CIFAR's own formats.</summary>
public sealed class RawSourceTests
{
    // Three images of 2 x 2.
    private static readonly byte[] images = SomeData.Idx([3, 2, 2], [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
    private static readonly byte[] labels = SomeData.Idx([3], [4, 0, 1]);

    [Theory, InlineData(false), InlineData(true)]
    public void Idx_is_read_plain_and_packed(bool packed)
    {
        using var data = new SomeData();
        data.Write("train-images-idx3-ubyte" + (packed ? ".gz" : ""), packed ? SomeData.Gzipped(images) : images);
        data.Write("train-labels-idx1-ubyte" + (packed ? ".gz" : ""), packed ? SomeData.Gzipped(labels) : labels);
        data.Write("t10k-images-idx3-ubyte", SomeData.Idx([1, 2, 2], [9, 9, 9, 9]));
        data.Write("classes.txt", "zero\none\ntwo\nthree\nfour");
        using var set = data.Open(o => o with { Resolution = new(2, 2) });
        Assert.Equal(["zero", "one", "two", "three", "four"], set.Classes);
        Assert.Equal([4, 0, 1], Enumerable.Range(0, 3).Select(set.Label));
        Assert.Equal([10, 11, 12, 13], set.Read(1).Pixels);
        Assert.StartsWith("train-images-idx3-ubyte", set.Name(2));
        Assert.EndsWith("[2]", set.Name(2));
    }

    [Fact]
    public void An_idx_file_may_be_named_itself_and_lack_labels()
    {
        using var data = new SomeData();
        var test = data.Write("t10k-images.idx3-ubyte", images);
        data.Write("train-images-idx3-ubyte", images);
        using var set = data.Open(o => o with { Path = test, Resolution = new(2, 2) });
        Assert.Equal(3, set.Count);
        Assert.Empty(set.Classes);
        Assert.Null(set.Label(0));
    }

    [Fact]
    public void Idx_images_are_resized_like_others()
    {
        using var data = new SomeData();
        data.Write("train-images-idx3-ubyte", SomeData.Idx([1, 2, 2], [7, 7, 7, 7]));
        using var set = data.Open(o => o with { Resolution = new(3, 5), Channels = 3 });
        Assert.Equal(Enumerable.Repeat((byte)7, 45), set.Read(0).Pixels);
    }

    [Fact]
    public void Idx_files_that_contradict_themselves_are_refused()
    {
        using var data = new SomeData();
        foreach (var (file, message) in new (byte[], string)[]
        {
            (images[..^1], "should hold 3x2x2 bytes after its header, but holds 11: it is cut off or damaged"),
            (SomeData.Idx([int.MaxValue, int.MaxValue, int.MaxValue], [1]), "it is cut off or damaged"),
            (SomeData.Idx([-1, -1, 1], [1]), "it is cut off or damaged"),
            (SomeData.Idx([0, 2, 2], []), "it is cut off or damaged"),
            (labels, "is too short for an IDX file"),
            (SomeData.Idx([1, 16, 1, 1], new byte[16]), "is no IDX file of bytes in 3 dimension(s): it starts with 00000804"),
        })
        {
            data.Write("train-images-idx3-ubyte", file);
            Assert.Contains(message, Assert.Throws<ConfigException>(() => data.Open()).Message);
        }

        data.Write("train-images-idx3-ubyte", images);
        data.Write("train-labels-idx1-ubyte", SomeData.Idx([2], [4, 0]));
        Assert.Contains("has 2 labels for 3 images", Assert.Throws<ConfigException>(() => data.Open()).Message);
        data.Write("train-labels-idx1-ubyte", labels);
        data.Write("other-images-idx3-ubyte.gz", SomeData.Gzipped(images)[..20]);
        var cut = data.At("other-images-idx3-ubyte.gz");
        var problem = Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = cut })).Message;
        Assert.Contains("is too short for an IDX file", problem);
    }

    [Fact]
    public void Cifar_10_is_read_from_all_its_training_files()
    {
        using var data = new SomeData();
        data.Write("data_batch_1.bin", [.. Record([3], 10), .. Record([1], 20)]);
        data.Write("data_batch_2.bin", Record([9], 30));
        data.Write("test_batch.bin", Record([0], 0));
        data.Write("batches.meta.txt", string.Join('\n', Enumerable.Range(0, 10).Select(i => $"class {i}")) + "\n\n");
        using var set = data.Open(o => o with { Resolution = new(32, 32), Channels = 3 });
        Assert.Equal([3, 1, 9], Enumerable.Range(0, 3).Select(set.Label));
        Assert.Equal("class 9", set.Classes[^1]);
        Assert.Equal([10, 11, 12, 10, 11, 12], set.Read(0).Pixels[..6]);
        Assert.Equal([30, 31, 32], set.Read(2).Pixels[^3..]);
        Assert.Equal("data_batch_1.bin[1]", set.Name(1));
        Assert.Equal("data_batch_2.bin[0]", set.Name(2));
    }

    [Fact]
    public void Cifar_100_has_fine_labels()
    {
        using var data = new SomeData();
        data.Write("train.bin", [.. Record([3, 77], 10), .. Record([1, 5], 20)]);
        using var set = data.Open(o => o with { Resolution = new(32, 32), Channels = 3 });
        Assert.Equal([77, 5], Enumerable.Range(0, 2).Select(set.Label));
        Assert.Equal([20, 21, 22], set.Read(1).Pixels[..3]);
    }

    [Fact]
    public void A_file_that_is_no_whole_number_of_records_is_refused()
    {
        using var data = new SomeData();
        data.Write("data_batch_1.bin", new byte[5000]);
        Assert.Contains("does not consist of CIFAR's records of 3073 or 3074", Assert.Throws<ConfigException>(() => data.Open()).Message);
    }

    [Fact]
    public void A_kind_can_be_asked_for_by_name()
    {
        using var data = new SomeData().WithGreys(2);
        data.Write("train-images-idx3-ubyte", images);
        using (var automatic = data.Open())
        {
            Assert.Equal(3, automatic.Count);
        }

        using var folder = data.Open(o => o with { Kind = SourceName.Parse("folder") });
        Assert.Equal(2, folder.Count);
        data.Write("data_batch_1.bin", Record([3], 10));
        Assert.Contains("can be read as cifar or idx; say which", Assert.Throws<ConfigException>(() => data.Open()).Message);
        Assert.Equal("auto, cifar, folder, idx, npz, zip", Assert.Throws<FormatException>(() => SourceName.Parse("mnist")).Message);
        var text = data.Write("notes.txt", "x");
        Assert.Contains("is none of cifar: CIFAR's", Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = text })).Message);
    }

    /// <summary>Red, green and blue planes of value, value + 1 and value + 2.</summary>
    private static byte[] Record(byte[] label, byte value) =>
        [.. label, .. Enumerable.Range(0, 3).SelectMany(c => Enumerable.Repeat((byte)(value + c), 1024))];
}
