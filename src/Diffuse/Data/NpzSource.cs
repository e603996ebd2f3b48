using Diffuse.Configuration;
using Diffuse.Imaging;
using Diffuse.Numerics;

namespace Diffuse.Data;

/// <summary>NumPy's archives as OpenAI's tools write samples: <c>arr_0</c> [N, H, W, 3] or [N, H, W] of bytes, with labels <c>arr_1</c> [N] where there are classes.</summary>
[Kind("npz")]
internal sealed class NpzSource : SourceKind
{
    public override string LooksFor => "NumPy's .npz with images arr_0 [N, H, W, 3] of bytes";

    public override bool Recognizes(string path) => File.Exists(path) && path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    public override IImageSource Open(string path)
    {
        using var archive = NpzFile.Open(path);
        if (!archive.Contains("arr_0"))
        {
            throw Problem.OfPath($"{path} holds {string.Join(", ", archive.Names)}; needed are images arr_0");
        }

        var images = archive.Read("arr_0");
        return images is { Type: "|u1", Shape: [> 0, > 0, > 0, 1 or 3] or [> 0, > 0, > 0] }
            ? new NpzImages(path, images, archive.Contains("arr_1") ? archive.Read("arr_1").Integers() : null)
            : throw Problem.OfPath($"{path}: arr_0 is {images.Type} [{string.Join(", ", images.Shape)}]; needed are images |u1 [N, H, W, 3]");
    }
}

internal sealed class NpzImages : IImageSource
{
    private readonly string name;
    private readonly NpyArray images;
    private readonly long[]? labels;
    private readonly int height, width, channels;

    public NpzImages(string path, NpyArray images, long[]? labels)
    {
        (name, this.images, this.labels) = (Path.GetFileName(path), images, labels);
        (Count, height, width, channels) = (images.Shape[0], images.Shape[1], images.Shape[2], images.Shape.ElementAtOrDefault(3) is > 0 and var c ? c : 1);
        if (labels is not null && (labels.Length != Count || labels.Any(label => label is < 0 or > 99_999)))
        {
            throw Problem.OfPath($"{path}: arr_1 holds {labels.Length} labels for {Count} images; needed are as many, from 0");
        }

        Classes = labels is null ? [] : [.. Enumerable.Range(0, (int)labels.Max() + 1).Select(i => $"{i}")];
    }

    public int Count { get; }

    public IReadOnlyList<string> Classes { get; }

    public string Name(int index) => $"{name}[{index}]";

    public string Stamp(int index) => $"{Crc32C.Of(Pixels(index).ToArray()):x8}";

    public int? Label(int index) => (int?)labels?[index];

    public (int Height, int Width) Size(int index) => (height, width);

    public Raster Read(int index, Framing framing) => Frame.Of(new Raster(height, width, channels, Pixels(index).ToArray()), framing);

    public void Dispose()
    {
    }

    private ReadOnlySpan<byte> Pixels(int index) => images.Bytes.AsSpan(index * height * width * channels, height * width * channels);
}
