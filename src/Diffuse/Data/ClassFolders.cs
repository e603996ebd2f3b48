namespace Diffuse.Data;

/// <summary>
/// The first folder of each path is its class (cats/1.jpg, cats/old/2.jpg and dogs/3.jpg: cats and dogs), after folders that all paths
/// share are left out. Images beside the folders have no class; where everything is in one folder there are none.
/// </summary>
internal static class ClassFolders
{
    public static Annotations Of(IReadOnlyList<string> paths)
    {
        var start = SharedFolders(paths);
        return Annotations.FromNames(paths.Select(path => (path, First(path[start..]), (string?)null)));
    }

    private static string? First(string path) => path.IndexOf('/') is var end and > 0 ? path[..end] : null;

    private static int SharedFolders(IReadOnlyList<string> paths)
    {
        for (var start = 0; ;)
        {
            var folder = First(paths[0][start..]);
            if (folder is null || paths.Any(path => First(path[start..]) != folder))
            {
                return start;
            }

            start += folder.Length + 1;
        }
    }
}
