namespace Diffuse.Configuration;

/// <summary>A config file on disk.</summary>
internal static class ConfigFile
{
    /// <exception cref="ConfigException">It cannot be read; the message says why, and which file may have been meant.</exception>
    public static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigException($"{file}: there is no such file{Meant(file)}");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            var reason = Directory.Exists(file) ? "found a folder; allowed: a YAML file" : $"cannot be read: {e.Message}";
            throw new ConfigException($"{file}: {reason}");
        }
    }

    private static string Meant(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var names = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.yaml").Select(Path.GetFileName) : [];
        return DidYouMean.Nearest(Path.GetFileName(file), names!) is { } near
            ? $"; did you mean '{Path.Combine(Path.GetDirectoryName(file)!, near)}'?"
            : "";
    }
}
