using System.Security.Cryptography;
using System.Text.Json;

namespace Diffuse.Training;

/// <summary>
/// manifest.json of a checkpoint: length and SHA-256 of every file, written last. A folder is whole if, and only if, its manifest is there
/// and every listed file matches.
/// </summary>
internal static class Manifest
{
    public const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .ToDictionary(name => name, name => Measure(Path.Combine(folder, name)));
        Durable.Write(Path.Combine(folder, FileName), file => JsonSerializer.Serialize(file, new Content(files), Json));
    }

    /// <summary>What is wrong with the folder, in words; null if it is whole.</summary>
    public static string? Fault(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, FileName));
            var content = JsonSerializer.Deserialize<Content>(file, Json);
            return content?.Files is { Count: > 0 } files
                ? files.Select(listed => Fault(folder, listed.Key, listed.Value)).FirstOrDefault(fault => fault is not null)
                : $"{FileName} lists no files";
        }
        catch (JsonException)
        {
            return $"{FileName} is damaged";
        }
        catch (FileNotFoundException)
        {
            return $"{FileName} is missing";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static string? Fault(string folder, string name, FileMark expected)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return $"{FileName} lists '{name}', which is not inside the checkpoint";
        }

        if (!File.Exists(path))
        {
            return $"{name} is missing";
        }

        var length = new FileInfo(path).Length;
        return length != expected.Bytes ? $"{name} has {length} bytes instead of {expected.Bytes}"
            : Measure(path) != expected ? $"{name} has changed since it was written (its SHA-256 differs)"
            : null;
    }

    private static FileMark Measure(string path)
    {
        using var file = File.OpenRead(path);
        return new FileMark(file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private sealed record Content(IReadOnlyDictionary<string, FileMark> Files);

    private sealed record FileMark(long Bytes, string Sha256);
}
