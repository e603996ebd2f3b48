using System.Text;
using System.Text.Json;

namespace Diffuse.Data;

/// <summary>
/// <c>metadata.jsonl</c> of Hugging Face's image folders: a JSON object a line with <c>file_name</c> (below the folder of the file) and,
/// as wanted, <c>label</c> (a number from 0 on, or a name) and <c>text</c>. Other keys are passed over.
/// </summary>
internal static class MetadataJsonl
{
    public const string FileName = "metadata.jsonl";

    /// <param name="files">The folder of each with its '/' (empty for the root), and its content.</param>
    /// <param name="names">Class names by label, where they are known.</param>
    public static Annotations Parse(IEnumerable<(string Folder, byte[] Content)> files, IReadOnlyList<string>? names)
    {
        var lines = files.SelectMany(file => Lines(file.Folder, file.Content)).ToList();
        if (lines.GroupBy(line => line.Path).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw Problem.OfPath($"{FileName} describes {twice.Key} twice");
        }

        var labels = lines.Where(line => line.Label is not null).ToList();
        return labels.Count(line => line.Label is int) switch
        {
            0 => Annotations.FromNames(lines.Select(line => (line.Path, (string?)line.Label, line.Text))),
            var numbers when numbers == labels.Count =>
                Annotations.FromNumbers(lines.Select(line => (line.Path, (int?)line.Label, line.Text)), names),
            _ => throw Problem.OfPath($"in {FileName} some labels are numbers and some are names"),
        };
    }

    private static IEnumerable<(string Path, object? Label, string? Text)> Lines(string folder, byte[] content)
    {
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Line(folder, line.TrimStart('\uFEFF'), number);
            }
        }
    }

    private static (string Path, object? Label, string? Text) Line(string folder, string line, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var values = document.RootElement;
            var label = values.TryGetProperty("label", out var found) ? Label(found) : null;
            var text = values.TryGetProperty("text", out var caption) ? caption.GetString() : null;
            return values.GetProperty("file_name").GetString() is { } name
                ? (folder + name.Replace('\\', '/'), label, text)
                : throw new FormatException("file_name is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Problem.OfPath(
                $$"""{{folder}}{{FileName}} line {{number}} is not {"file_name": "...", "label": ..., "text": "..."}: {{e.Message}}""");
        }
    }

    private static object? Label(JsonElement label) => label.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => label.GetString(),
        _ => label.TryGetInt32(out var whole) && whole >= 0
            ? whole
            : throw new FormatException($"the label {label.GetRawText()} is neither a name nor 0, 1, ..."),
    };
}
