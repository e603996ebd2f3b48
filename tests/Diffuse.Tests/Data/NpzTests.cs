using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Tests.Data;

public sealed class NpzTests
{
    [Fact]
    public void Samples_of_OpenAIs_tools_are_images()
    {
        using var data = new SomeData();
        var pixels = Enumerable.Range(0, 2 * 4 * 4 * 3).Select(i => (byte)i).ToArray();
        var file = Write(data, ("arr_0", Npy("|u1", "(2, 4, 4, 3)", pixels)), ("arr_1", Npy("<i8", "(2,)", Bytes<long>(1, 0))));
        using var images = data.Open(o => o with { Path = file, Channels = 3 });
        Assert.Equal(2, images.Count);
        Assert.Equal(1, images.Label(0));
        Assert.Equal(pixels[48..], images.Read(1).Pixels);
    }

    [Fact]
    public void Numbers_come_back_as_they_were_written()
    {
        using var data = new SomeData();
        using var file = NpzFile.Open(Write(data, ("mu", Npy("<f8", "(2,)", Bytes(1.5, -2.0))), ("sigma", Npy("<f4", "(2, 2)", Bytes(1f, 0f, 0f, 4f)))));
        Assert.Equal([1.5, -2.0], file.Read("mu").Doubles());
        Assert.Equal([1, 0, 0, 4], file.Read("sigma").Doubles());
        Assert.Equal([2, 2], file.Read("sigma").Shape);
        Assert.Contains("it has mu, sigma", Assert.Throws<InvalidDataException>(() => file.Read("arr_0")).Message);
    }

    [Theory]
    [InlineData("|O", "(1,)", "read are row-major arrays of numbers")]
    [InlineData("|u1", "(1000000000, 1000000000)", "claims 1000000000000000000 bytes and holds 8")]
    [InlineData("|u1", "(-1,)", "read are row-major arrays of numbers")]
    [InlineData("<f8", "(2,)", "claims 16 bytes and holds 8")]
    public void What_is_no_array_of_numbers_is_refused(string type, string shape, string problem)
    {
        using var data = new SomeData();
        using var file = NpzFile.Open(Write(data, ("x", Npy(type, shape, new byte[8]))));
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => file.Read("x")).Message);
    }

    [Fact]
    public void Other_archives_are_refused_as_data()
    {
        using var data = new SomeData();
        var file = Write(data, ("mu", Npy("<f8", "(1,)", Bytes(1.5))));
        Assert.Contains("holds mu; needed are images arr_0", Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = file })).Message);
        var cut = data.Write("cut.npz", File.ReadAllBytes(file)[..40]);
        Assert.Contains("cannot be read", Assert.Throws<ConfigException>(() => data.Open(o => o with { Path = cut })).Message);
    }

    private static string Write(SomeData data, params (string Name, byte[] Content)[] arrays)
    {
        var file = data.At("x.npz");
        using var zip = ZipFile.Open(file, ZipArchiveMode.Create);
        foreach (var (name, content) in arrays)
        {
            using var entry = zip.CreateEntry(name + ".npy").Open();
            entry.Write(content);
        }

        return file;
    }

    private static byte[] Npy(string type, string shape, byte[] content)
    {
        var header = Encoding.Latin1.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. content];
    }

    private static byte[] Bytes<T>(params T[] values)
        where T : struct => MemoryMarshal.AsBytes<T>(values).ToArray();
}
