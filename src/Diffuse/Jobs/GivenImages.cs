using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>An image that the command line names.</summary>
/// <param name="Name">The file, or what the data set calls it.</param>
/// <param name="Pixels">Framed as the model's data are.</param>
/// <param name="IsFile">Whether it is a file of its own.</param>
internal sealed record GivenImage(string Name, Raster Pixels, bool IsFile)
{
    /// <summary>Height and width before it was framed; an image of the data set has no other size than the model's.</summary>
    public (int Height, int Width) Size => IsFile ? ImageCodecs.Default.Size(File.ReadAllBytes(Name), Name) : (Pixels.Height, Pixels.Width);
}

/// <summary>Image files of the command line, brought to the size and the channels that a model was trained on.</summary>
internal static class GivenImages
{
    /// <summary>What the command line calls the images that training held out, where there is no file of that name.</summary>
    public const string HeldOut = "held-out";

    /// <summary>An image file, or all of a folder at any depth, in the order of their names; or images that training held out.</summary>
    /// <param name="option">How messages name where the path comes from, such as <c>--encode</c>.</param>
    /// <param name="smaller">So many times smaller in height and width than the model's images.</param>
    /// <exception cref="ConfigException">There is no such file or folder, it holds no image, or one cannot be read.</exception>
    public static IReadOnlyList<GivenImage> Read(string path, string option, RunPlan plan, int smaller = 1)
    {
        var (images, framing) = (plan.Images, plan.Config.Data.Framing);
        framing = framing with { Height = images.Height / smaller, Width = images.Width / smaller, Channels = images.Channels };
        try
        {
            return path == HeldOut && !Path.Exists(path) ? OfData(plan, framing, option) : [.. Files(path, option).Select(file => Decoded(file, framing))];
        }
        catch (UnreadableImageException unreadable)
        {
            throw new ConfigException($"{option}: {unreadable.Message}");
        }
    }

    private static IReadOnlyList<GivenImage> OfData(RunPlan plan, Framing framing, string option)
    {
        using var data = DataSet.Open(
            plan.Config.Data with { Resolution = new(framing.Height, framing.Width), Channels = framing.Channels }, plan.Config.Seed, _ => { });
        return data.HeldOut.Count > 0
            ? [.. data.HeldOut.Where(index => !data.Corrupt.ContainsKey(index)).Take(plan.Config.Sampling.Count)
                .Select(index => new GivenImage(data.Name(index), data.Read(index), IsFile: false))]
            : throw new ConfigException($"{option}: no image of {plan.Config.Data.Path} was held out of training; allowed: an image, or a folder of images");
    }

    /// <summary>[1, 1, H, W], 1 where a picture is white: a mask of pictures of its own size, or drawn at the size of the model's images.</summary>
    /// <exception cref="ConfigException">It cannot be read, or its size is another.</exception>
    public static Tensor Mask(string path, string option, RunPlan plan, IReadOnlyList<GivenImage> images)
    {
        var masks = Read(path, option, plan);
        if (masks is not [var mask])
        {
            throw new ConfigException($"{option}: {path} holds {masks.Count} images; allowed: one");
        }

        var (size, drawn) = (mask.Size, (plan.Images.Height, plan.Images.Width));
        return size == drawn || images.FirstOrDefault(image => image.Size != size) is not { } other
            ? (Tensor(masks, plan.Device).mean([1], keepdim: true) > 0).to(float32)
            : throw new ConfigException(
                $"{option}: found {size.Width}x{size.Height} pixels in {path}, and {other.Size.Width}x{other.Size.Height} in {other.Name}; "
                + $"allowed: as many, or the {drawn.Width}x{drawn.Height} of the model");
    }

    /// <summary>[N, C, H, W] in [-1, 1].</summary>
    public static Tensor Tensor(IReadOnlyList<GivenImage> images, Device device) => Imaging.Pixels.OfRasters([.. images.Select(image => image.Pixels)], device);

    private static GivenImage Decoded(string file, Framing framing) =>
        new(file, ImageCodecs.Default.Decode(File.ReadAllBytes(file), file, framing), IsFile: true);

    private static IEnumerable<string> Files(string path, string option)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new ConfigException($"{option}: found '{path}', which is no file and no folder; allowed: an image, or a folder of images");
        }

        using var tree = new FolderTree(path);
        List<string> files = [.. tree.Files.Where(file => ImageFormats.HasExtension(file.Path)).Select(file => Path.Combine(path, file.Path))];
        return files.Count > 0
            ? files
            : throw new ConfigException($"{option}: {path} holds no images; allowed: {string.Join(" ", ImageFormats.Extensions)}");
    }
}
