namespace Diffuse.Data;

/// <summary>Where decoded images of large data sets are kept; whatever is in it may be deleted at any time.</summary>
internal static class CacheFolder
{
    /// <summary>diffuse/ in XDG_CACHE_HOME, else in ~/.cache; on Windows in the local application data.</summary>
    public static string Default => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
        : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "diffuse");
}
