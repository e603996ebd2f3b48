using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>
/// The binary version of CIFAR-10 or CIFAR-100: a folder with data_batch_1.bin ... (10) or train.bin (100), or one such file. Class names
/// come from batches.meta.txt or fine_label_names.txt beside the files.
/// </summary>
[Kind("cifar")]
internal sealed class CifarSource : SourceKind
{
    public override string LooksFor => "CIFAR's data_batch_1.bin ... or train.bin, or a folder that holds them";

    public override bool Recognizes(string path) => File.Exists(path)
        ? Path.GetExtension(path) == ".bin" && CifarImages.LabelBytes(new FileInfo(path).Length) > 0
        : TrainingFiles(path).Count > 0;

    public override IImageSource Open(string path)
    {
        List<string> files = File.Exists(path) ? [path] : TrainingFiles(path);
        return files.Count > 0
            ? new CifarImages(files)
            : throw Problem.OfPath($"{path} holds neither data_batch_1.bin nor train.bin");
    }

    private static List<string> TrainingFiles(string folder) =>
        [.. new[] { "data_batch_*.bin", "train.bin" }
            .SelectMany(name => Directory.EnumerateFiles(folder, name))
            .Order(StringComparer.Ordinal)];
}

/// <summary>Records of one label byte (CIFAR-100: coarse, then fine) and 3072 bytes of pixels, [3, 32, 32].</summary>
internal sealed class CifarImages : IImageSource
{
    private const int Side = 32, Plane = Side * Side, Pixels = 3 * Plane;

    private readonly RawFile[] files;
    private readonly int[] firsts;
    private readonly byte[] labels;
    private readonly int labelBytes;

    /// <exception cref="ConfigException">A file is not a whole number of records, or the files are of different kinds.</exception>
    public CifarImages(IReadOnlyList<string> paths)
    {
        files = [.. paths.Select(path => new RawFile(path))];
        labelBytes = LabelBytes(files[0].Length);
        if (files.FirstOrDefault(file => labelBytes == 0 || file.Length % (labelBytes + Pixels) != 0 || file.Length == 0) is { } odd)
        {
            throw Problem.OfPath($"{odd.Path} of {odd.Length} bytes does not consist of CIFAR's records of {1 + Pixels} or {2 + Pixels}");
        }

        var counts = files.Select(file => (int)(file.Length / (labelBytes + Pixels))).ToArray();
        firsts = [.. counts.Select((_, i) => counts.Take(i).Sum())];
        labels = [.. Enumerable.Range(0, counts.Sum()).Select(index => Record(index, 0, labelBytes)[^1])];
        var names = new[] { "batches.meta.txt", "fine_label_names.txt" }
            .Select(name => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(paths[0]))!, name))
            .FirstOrDefault(File.Exists);
        var known = names is null ? [] : ClassNames.Parse(File.ReadAllBytes(names));
        Classes = [.. Enumerable.Range(0, Math.Max(known.Count, labels.Max() + 1)).Select(i => known.ElementAtOrDefault(i) ?? $"{i}")];
    }

    public int Count => labels.Length;

    public IReadOnlyList<string> Classes { get; }

    /// <summary>1 for CIFAR-10, 2 for CIFAR-100, 0 where the length is of neither.</summary>
    public static int LabelBytes(long length) => length % (1 + Pixels) == 0 ? 1 : length % (2 + Pixels) == 0 ? 2 : 0;

    public string Name(int index)
    {
        var (file, record) = Place(index);
        return $"{Path.GetFileName(files[file].Path)}[{record}]";
    }

    public string Stamp(int index) => $"{Crc32C.Of(Record(index, labelBytes, Pixels)):x8}";

    public int? Label(int index) => labels[index];

    public (int Height, int Width) Size(int index) => (Side, Side);

    public Raster Read(int index, Framing framing)
    {
        var planes = Record(index, labelBytes, Pixels);
        var image = new Raster(Side, Side, 3);
        for (var i = 0; i < Pixels; i++)
        {
            image.Pixels[i] = planes[i % 3 * Plane + i / 3];
        }

        return Frame.Of(image, framing);
    }

    public void Dispose() => Array.ForEach(files, file => file.Dispose());

    private byte[] Record(int index, int offset, int count)
    {
        var (file, record) = Place(index);
        return files[file].Read((long)record * (labelBytes + Pixels) + offset, count);
    }

    private (int File, int Record) Place(int index)
    {
        var file = Array.FindLastIndex(firsts, first => first <= index);
        return (file, index - firsts[file]);
    }
}
