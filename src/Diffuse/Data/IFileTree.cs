namespace Diffuse.Data;

/// <summary>The files under a folder, or in an archive. Reading is safe from several threads at once.</summary>
internal interface IFileTree : IDisposable
{
    /// <summary>
    /// Paths with '/' below the root, in ordinal order; hidden files and what systems leave behind (__MACOSX) are not among them.
    /// </summary>
    IReadOnlyList<TreeFile> Files { get; }

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    byte[] Read(TreeFile file);

    /// <summary>Whether a path is one that people put there.</summary>
    static bool IsVisible(string path) => path.Split('/').All(part => part.Length > 0 && part[0] != '.' && part != "__MACOSX");
}

/// <param name="Path">Below the root, with '/'.</param>
/// <param name="Size">In bytes, unpacked.</param>
/// <param name="Stamp">Changes with the content, as far as the tree knows.</param>
/// <param name="Entry">The archive's number of it.</param>
internal sealed record TreeFile(string Path, long Size, string Stamp, int Entry = 0);
