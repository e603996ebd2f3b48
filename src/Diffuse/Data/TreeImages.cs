using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>
/// The image files of a tree, in ordinal order of their paths. Labels and captions come from metadata.jsonl files, else from a
/// dataset.json at the root, else from the sub-folders. A <c>classes.txt</c> at the root names labels that are numbers, one a line.
/// </summary>
internal sealed class TreeImages : IImageSource
{
    private readonly IFileTree tree;
    private readonly IReadOnlyList<TreeFile> images;
    private readonly Annotations annotations;

    /// <param name="where">The path that the user gave, for messages.</param>
    /// <exception cref="ConfigException">No image among the files, or descriptions of images that are not there.</exception>
    public TreeImages(IFileTree tree, string where)
    {
        this.tree = tree;
        images = [.. tree.Files.Where(file => ImageFormats.HasExtension(file.Path))];
        if (images.Count == 0)
        {
            var extensions = string.Join(" ", ImageFormats.Extensions);
            throw Problem.OfPath($"{where} holds no images: looked for {extensions} at any depth, found {Found()}");
        }

        annotations = Annotated();
        if (annotations.Of.Keys.Except(images.Select(image => image.Path)).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } lost)
        {
            throw Problem.OfPath($"{where} describes {Problem.Some(lost, "image that is", "images that are")} not there");
        }
    }

    public int Count => images.Count;

    public IReadOnlyList<string> Classes => annotations.Classes;

    public string Name(int index) => images[index].Path;

    public string Stamp(int index) => images[index].Stamp;

    public int? Label(int index) => annotations.Of.GetValueOrDefault(images[index].Path).Label;

    public string? Text(int index) => annotations.Of.GetValueOrDefault(images[index].Path).Text;

    public (int Height, int Width) Size(int index) => ImageCodecs.Default.Size(Bytes(index), Name(index));

    public Raster Read(int index, Framing framing) => ImageCodecs.Default.Decode(Bytes(index), Name(index), framing);

    public void Dispose() => tree.Dispose();

    private byte[] Bytes(int index)
    {
        try
        {
            return tree.Read(images[index]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UnreadableImageException(Name(index), e.Message, e);
        }
    }

    private Annotations Annotated()
    {
        var names = Content("classes.txt") is { } text ? ClassNames.Parse(text) : null;
        var metadata = tree.Files
            .Where(file => Path.GetFileName(file.Path) == MetadataJsonl.FileName)
            .Select(file => (Folder: file.Path[..^MetadataJsonl.FileName.Length], Content: tree.Read(file)))
            .ToList();
        return metadata.Count > 0 ? MetadataJsonl.Parse(metadata, names)
            : Content(DatasetJson.FileName) is { } labels ? DatasetJson.Parse(labels, names)
            : ClassFolders.Of([.. images.Select(image => image.Path)]);
    }

    private byte[]? Content(string path) => tree.Files.FirstOrDefault(file => file.Path == path) is { } file ? tree.Read(file) : null;

    private string Found() => tree.Files.Count == 0
        ? "no file at all"
        : string.Join(", ", tree.Files
            .CountBy(file => Path.GetExtension(file.Path).ToLowerInvariant())
            .OrderByDescending(group => group.Value).Take(5)
            .Select(group => $"{group.Value} {(group.Key.Length > 0 ? group.Key : "without extension")}"));
}

internal static class ClassNames
{
    /// <summary>One name a line, label 0 first.</summary>
    public static IReadOnlyList<string> Parse(byte[] text) =>
        System.Text.Encoding.UTF8.GetString(text).TrimStart('\uFEFF').TrimEnd().Split('\n').Select(line => line.Trim()).ToList();
}
