using System.Buffers.Binary;
using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>
/// MNIST's IDX files, plain or .gz: a folder with <c>train-images-idx3-ubyte</c> and <c>train-labels-idx1-ubyte</c>, or a file of images,
/// whose labels lie beside it under the same name with "labels" and "idx1". A <c>classes.txt</c> beside them names the labels, one a
/// line.
/// </summary>
[Kind("idx")]
internal sealed class IdxSource : SourceKind
{
    private const string Images = "images-idx3-ubyte";

    public override string LooksFor => "MNIST's train-images-idx3-ubyte, plain or .gz, or a folder that holds it";

    public override bool Recognizes(string path) => File.Exists(path) ? IsImages(path) : ImageFiles(path).Count > 0;

    public override IImageSource Open(string path)
    {
        var images = File.Exists(path) ? path : ImageFiles(path) switch
        {
            [] => throw Problem.OfPath($"{path} holds no file named ...{Images} or ...{Images}.gz"),
            [var one] => one,
            var several => several.FindAll(file => Path.GetFileName(file).Contains("train")) is [var training] ? training
                : throw Problem.OfPath($"{path} holds {string.Join(", ", several.Select(Path.GetFileName))}; name one of them"),
        };
        var labels = LabelsBeside(images);
        var names = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(images))!, "classes.txt");
        return new IdxImages(
            new RawFile(images),
            labels is null ? null : new RawFile(labels),
            File.Exists(names) ? ClassNames.Parse(File.ReadAllBytes(names)) : null);
    }

    /// <summary>Of a file that is there both plain and packed, the plain one.</summary>
    private static List<string> ImageFiles(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(IsImages).Order(StringComparer.Ordinal).DistinctBy(Normal)];

    private static bool IsImages(string path) => Normal(path).EndsWith(Images, StringComparison.Ordinal);

    /// <summary>Some copies are named images.idx3-ubyte.</summary>
    private static string Normal(string path) => Unpacked(Path.GetFileName(path)).Replace(".idx3", "-idx3");

    private static string Unpacked(string name) => name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;

    private static string? LabelsBeside(string images)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(images))!;
        var plain = Unpacked(Path.GetFileName(images).Replace("images", "labels").Replace("idx3", "idx1"));
        return new[] { plain, plain + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}

/// <summary>
/// Magic 0 0 8 d (unsigned bytes in d dimensions), the d sizes as big-endian 32-bit numbers, then the bytes, last dimension fastest.
/// </summary>
internal sealed class IdxImages : IImageSource
{
    private const int ImagesStart = 16, LabelsStart = 8;

    private readonly RawFile images;
    private readonly byte[]? labels;
    private readonly int height, width;

    /// <exception cref="ConfigException">A file is not what its header says, or the labels are not as many as the images.</exception>
    public IdxImages(RawFile images, RawFile? labels, IReadOnlyList<string>? names)
    {
        this.images = images;
        (Count, height, width) = Sizes(images, 3) is [var n, var h, var w] ? (n, h, w) : default;
        if (labels is null)
        {
            return;
        }

        using (labels)
        {
            var count = Sizes(labels, 1)[0];
            this.labels = count == Count
                ? labels.Read(LabelsStart, count)
                : throw Problem.OfPath($"{labels.Path} has {count} labels for {Count} images");
        }

        var classes = Math.Max(names?.Count ?? 0, this.labels.Max() + 1);
        Classes = [.. Enumerable.Range(0, classes).Select(i => names?.ElementAtOrDefault(i) ?? $"{i}")];
    }

    public int Count { get; }

    public IReadOnlyList<string> Classes { get; } = [];

    public string Name(int index) => $"{Path.GetFileName(images.Path)}[{index}]";

    public string Stamp(int index) => $"{Crc32C.Of(Pixels(index)):x8}";

    public int? Label(int index) => labels?[index];

    public (int Height, int Width) Size(int index) => (height, width);

    public Raster Read(int index, Framing framing) =>
        Frame.Of(new Raster(height, width, 1, Pixels(index)), framing);

    public void Dispose() => images.Dispose();

    private byte[] Pixels(int index) => images.Read(ImagesStart + (long)index * height * width, height * width);

    /// <summary>The sizes in the header, of as many dimensions, that agree with the length of the file.</summary>
    private static int[] Sizes(RawFile file, byte dimensions)
    {
        var start = 4 + 4 * dimensions;
        var header = file.Length >= start ? file.Read(0, start) : throw Problem.OfPath($"{file.Path} is too short for an IDX file");
        if (header is not [0, 0, 8, var d, ..] || d != dimensions)
        {
            var found = Convert.ToHexStringLower(header, 0, 4);
            throw Problem.OfPath($"{file.Path} is no IDX file of bytes in {dimensions} dimension(s): it starts with {found}");
        }

        var sizes = Enumerable.Range(0, dimensions).Select(i => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * i))).ToArray();
        var length = sizes.Aggregate((Int128)1, (product, size) => product * size);
        var (said, held) = (string.Join("x", sizes), file.Length - start);
        return length == held && sizes.All(size => size > 0)
            ? sizes
            : throw Problem.OfPath($"{file.Path} should hold {said} bytes after its header, but holds {held}: it is cut off or damaged");
    }
}
