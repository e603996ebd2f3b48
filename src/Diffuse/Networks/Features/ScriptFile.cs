using System.IO.Compression;
using System.Runtime.InteropServices;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A function of images in a TorchScript file that the user names: the one kind of file whose code is run.</summary>
internal static class ScriptFile
{
    /// <summary>Whether the file holds code of TorchScript; false for one that does not exist.</summary>
    public static bool Is(string file)
    {
        try
        {
            using var zip = ZipFile.OpenRead(file);
            return zip.Entries.Any(entry => entry.FullName.Contains("/code/", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return false;
        }
    }

    /// <param name="where">What stands first in error texts.</param>
    /// <param name="load">From that file.</param>
    /// <exception cref="ConfigException">There is no such file, or it is not TorchScript.</exception>
    public static T Load<T>(string file, string where, Func<T> load)
        where T : jit.ScriptModule
    {
        if (!File.Exists(file))
        {
            throw new ConfigException($"{where}: {file} does not exist; allowed: a file that torch.jit.save wrote");
        }

        try
        {
            var script = load();
            script.eval();
            return script;
        }
        catch (ExternalException error)
        {
            throw new ConfigException($"{where}: {file} is no TorchScript ({FirstLine(error)}); allowed: a file that torch.jit.save wrote");
        }
    }

    /// <summary>The function as one of images [N, C, H, W] in [-1, 1], which it sees resized and normalized, in float32.</summary>
    /// <param name="section">What stands first in error texts.</param>
    /// <param name="size">S of the S x S images that it takes; null: as they are.</param>
    /// <param name="channels">Of the images.</param>
    /// <inheritdoc cref="Load{T}"/>
    public static Func<Tensor, Tensor> OfImages(string file, string section, int? size, Normalization seen, long channels, Device device)
    {
        if (seen.Mean.Count != seen.Std.Count || (seen.Mean.Count != 1 && seen.Mean.Count != channels && channels != 1))
        {
            throw new ConfigException($"{section}: mean has {seen.Mean.Count} values and std {seen.Std.Count}; allowed: 1 or {channels}, both the same");
        }

        var script = Load(file, $"{section}: file", () => jit.load<Tensor, Tensor>(file, device));
        return x => script.call(seen.Apply(size is { } side ? PublishedClip.Resized(x.to(float32), side) : x.to(float32)));
    }

    /// <summary>Tries the function once.</summary>
    /// <param name="run">Its result for some of the model's images.</param>
    /// <param name="expected">Whether the result's shape is right.</param>
    /// <param name="allowed">The right shape in words.</param>
    /// <returns>The result's shape.</returns>
    /// <exception cref="ConfigException">It fails on such images, or returns something else.</exception>
    public static long[] Check(string file, string where, Func<Tensor> run, Func<long[], bool> expected, string allowed)
    {
        using var scope = NewDisposeScope();
        try
        {
            var shape = run().shape;
            return expected(shape)
                ? shape
                : throw new ConfigException($"{where}: {file} returns [{string.Join(", ", shape)}]; allowed: {allowed}");
        }
        catch (ExternalException error)
        {
            throw new ConfigException($"{where}: {file} fails on the model's images ({FirstLine(error)})");
        }
    }

    private static string FirstLine(ExternalException error) => error.Message.Split('\n', 2)[0].Trim();
}
