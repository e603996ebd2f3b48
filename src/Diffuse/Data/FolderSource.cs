using Diffuse.Configuration;

namespace Diffuse.Data;

/// <summary>A folder with images at any depth; see <see cref="TreeImages"/> for where labels come from.</summary>
[Kind("folder")]
internal sealed class FolderSource : SourceKind
{
    public override string LooksFor => "a folder with images in it";

    public override bool IsFallback => true;

    public override bool Recognizes(string path) => Directory.Exists(path);

    public override IImageSource Open(string path) => Directory.Exists(path)
        ? new TreeImages(new FolderTree(path), path)
        : throw Problem.OfPath($"{path} is a file; kind folder needs {LooksFor}");
}

internal sealed class FolderTree : IFileTree
{
    private readonly string root;

    public FolderTree(string root)
    {
        this.root = root;
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0, MaxRecursionDepth = 32,
        };
        Files = [.. new DirectoryInfo(root).EnumerateFiles("*", options)
            .Select(file => new TreeFile(Below(file.FullName), file.Length, $"{file.Length}"))
            .Where(file => IFileTree.IsVisible(file.Path))
            .OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    public IReadOnlyList<TreeFile> Files { get; }

    public byte[] Read(TreeFile file) => File.ReadAllBytes(Path.Combine(root, file.Path));

    private string Below(string path) => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');

    public void Dispose()
    {
    }
}
