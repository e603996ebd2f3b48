using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Diffuse.Configuration;

namespace Diffuse.Cli.Output;

/// <summary>Results for machines: snake_case keys, numbers at full precision; NaN and infinities are strings.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static string Of(SampleResult result) => JsonSerializer.Serialize(result, Options);

    public static string Of(EncodeResult result) => JsonSerializer.Serialize(result, Options);

    public static string Of(InterpolateResult result) => JsonSerializer.Serialize(result, Options);
    public static string Of(RestoreResult result) => JsonSerializer.Serialize(result, Options);

    public static string Of(EvalResult result) => JsonSerializer.Serialize(result, Options);
}
