using System.Text.Json;
using Diffuse.Networks;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Networks;

internal static class SomeConfigs
{
    private static readonly JsonSerializerOptions snakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static OpenAIUNetConfig OpenAI(ReferenceValue config) => config.Json.Deserialize<OpenAIUNetConfig>(snakeCase)!;

    /// <summary>Small and with everything: attention, labels, scale and shift.</summary>
    public static UNetOptions Small { get; } = new() { Channels = [32, 64], Blocks = 1, HeadSize = 32 };

    public static NetworkShape Shape { get; } = new(In: 1, Out: 1, Height: 8, Width: 8, Classes: 10);
}
