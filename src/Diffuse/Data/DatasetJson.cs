using System.Text.Json;

namespace Diffuse.Data;

/// <summary>
/// <c>dataset.json</c> as StyleGAN's and EDM's tools write it: <c>{"labels": [["00000/img00000000.png", 6], ...]}</c>; labels may be null.
/// </summary>
internal static class DatasetJson
{
    public const string FileName = "dataset.json";

    /// <param name="names">Class names by label, where they are known.</param>
    public static Annotations Parse(byte[] file, IReadOnlyList<string>? names)
    {
        try
        {
            using var document = JsonDocument.Parse(file);
            return document.RootElement.TryGetProperty("labels", out var labels) && labels.ValueKind != JsonValueKind.Null
                ? Annotations.FromNumbers(labels.EnumerateArray().Select(Pair), names)
                : Annotations.None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw Problem.OfPath($$"""{{FileName}} is not {"labels": [["file", 0], ...]} with each file once: {{e.Message}}""");
        }
    }

    private static (string Path, int? Label, string? Text) Pair(JsonElement pair) =>
        pair.GetArrayLength() == 2 && pair[0].GetString() is { } path && pair[1].TryGetInt32(out var label) && label >= 0
            ? (path.Replace('\\', '/'), label, null)
            : throw new FormatException($"{pair.GetRawText()} is not a file name and a label from 0 on");
}
