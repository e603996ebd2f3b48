using System.Text.Json;

namespace Diffuse.Training;

/// <summary>How far training has come: <c>state/counters.json</c> of a checkpoint.</summary>
/// <param name="Step">Steps of the optimizer that were done.</param>
/// <param name="Images">Images seen.</param>
/// <param name="Total">Images of the whole run.</param>
/// <param name="Seconds">Spent training, over all starts.</param>
public sealed record Counters(long Step, long Images, long Total, double Seconds)
{
    public const string FileName = "state/counters.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>After one more step.</summary>
    public Counters After(int batch, double seconds) => this with { Step = Step + 1, Images = Images + batch, Seconds = seconds };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="InvalidDataException">The text is not what <see cref="ToJson"/> writes.</exception>
    public static Counters Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Counters>(json, Json) is { Step: >= 0, Images: >= 0 } counters
                ? counters
                : throw new InvalidDataException($"{FileName} holds no counters");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{FileName} is damaged: {exception.Message}", exception);
        }
    }
}
