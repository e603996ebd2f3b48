namespace Diffuse.Tests.Torch;

/// <summary>The data files beside these tests.</summary>
internal static class TorchData
{
    public static Stream Open(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "tests", "Diffuse.Tests", "Torch", name);
            if (File.Exists(path)) return File.OpenRead(path);
        }
        throw new FileNotFoundException(name);
    }
}
