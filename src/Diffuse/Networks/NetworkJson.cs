using System.Text.Json;

namespace Diffuse.Networks;

/// <summary>How a network's <c>config.json</c> is written and read: keys in snake case, a line each.</summary>
internal static class NetworkJson
{
    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    public static string Write<T>(T config) => JsonSerializer.Serialize(config, Options) + "\n";
}
