using System.Globalization;

namespace Diffuse.Training;

/// <summary>Files of a run that are named by the images seen before them: <c>samples/000050000.png</c>.</summary>
internal static class NumberedFiles
{
    public static string Name(long images, string extension) => images.ToString("D9", CultureInfo.InvariantCulture) + extension;

    /// <summary>Those of a folder in their order; none where there is no folder.</summary>
    public static IReadOnlyList<(long Images, string File)> In(string folder, string extension) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, "*" + extension)
            .Select(file => (Images: long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var images) ? images : -1, file))
            .Where(numbered => numbered.Images >= 0).OrderBy(numbered => numbered.Images),
    ];
}
