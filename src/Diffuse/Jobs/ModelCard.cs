using System.Text.Json;
using System.Text.Json.Serialization;
using Diffuse.Configuration;

namespace Diffuse.Jobs;

/// <summary>
/// <c>diffuse.json</c> of a checkpoint: all that is needed to build the model again, and where it comes from.
/// </summary>
/// <param name="Diffuse">The version that wrote it.</param>
/// <param name="Images">Height, width, channels and class names.</param>
/// <param name="Data">The fingerprint of the data that it was trained on.</param>
/// <param name="Config">The resolved config, as YAML lines.</param>
internal sealed record ModelCard(string Diffuse, ImageKind Images, string Data, IReadOnlyList<string> Config)
{
    public const string FileName = "diffuse.json";

    private static readonly JsonSerializerOptions json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    public static string Version { get; } = typeof(ModelCard).Assembly.GetName().Version!.ToString(3);

    public static ModelCard Of(RunConfig config, ImageKind images, string data) =>
        new(Version, images, data, config.Write().Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <exception cref="ConfigException">It is not such a file.</exception>
    public static ModelCard Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<ModelCard>(File.ReadAllText(file), json)
                ?? throw new ConfigException($"{file}: found null; allowed: a JSON object");
        }
        catch (JsonException broken)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }
    }

    /// <summary>The config, with values of the command line in place.</summary>
    public RunConfig Resolve(string file, IReadOnlyList<ConfigOverride> overrides) =>
        ConfigReader.Read<RunConfig>(string.Join('\n', Config), file, overrides);

    public string ToJson() => JsonSerializer.Serialize(this, json) + "\n";
}
