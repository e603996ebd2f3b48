using Diffuse.Configuration;

namespace Diffuse.Data;

/// <summary>What is told of data that cannot be used.</summary>
internal static class Problem
{
    public static ConfigException OfPath(string text) => new($"data.path: {text}");

    /// <summary><c>2 images (a.png, b.png)</c>: how many there are, and the first few by name.</summary>
    public static string Some(IReadOnlyCollection<string> names, string one, string many) =>
        $"{names.Count} {(names.Count == 1 ? one : many)} ({string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", ..." : "")})";
}
