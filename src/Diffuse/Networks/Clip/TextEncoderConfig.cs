using System.Text.Json;
using System.Text.Json.Serialization;
using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Networks;

/// <summary>The <c>config.json</c> of transformers' CLIPTextModel: a text encoder in a pipeline of diffusers.</summary>
public sealed record TextEncoderConfig
{
    [JsonConstructor]
    public TextEncoderConfig()
    {
    }

    internal TextEncoderConfig(TextEncoderOptions options, int vocabulary, int length) =>
        (VocabSize, MaxPositionEmbeddings, HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HiddenAct, ProjectionDim, BosTokenId, EosTokenId) = (
            vocabulary, length, options.Width, 4 * options.Width, options.Layers, options.Heads, options.Gelu == Gelu.Quick ? "quick_gelu" : "gelu", options.Width, vocabulary - 2, vocabulary - 1);

    public IReadOnlyList<string> Architectures { get; init; } = ["CLIPTextModel"];

    public string ModelType { get; init; } = "clip_text_model";

    public int VocabSize { get; init; } = 49408;

    public int MaxPositionEmbeddings { get; init; } = 77;

    public int HiddenSize { get; init; } = 512;

    public int IntermediateSize { get; init; } = 2048;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 8;

    public string HiddenAct { get; init; } = "quick_gelu";

    public double LayerNormEps { get; init; } = 1e-5;

    public int ProjectionDim { get; init; } = 512;

    public int BosTokenId { get; init; } = 49406;

    public int EosTokenId { get; init; } = 49407;

    /// <exception cref="ConfigException">It is of another network.</exception>
    public static TextEncoderConfig FromJson(string json, string file)
    {
        try
        {
            var config = JsonSerializer.Deserialize<TextEncoderConfig>(json, NetworkJson.Options)!;
            var wrong = config switch
            {
                { Architectures: [not ("CLIPTextModel" or "CLIPTextModelWithProjection"), ..] } => $"architectures: found {config.Architectures[0]}; allowed: CLIPTextModel",
                { HiddenAct: not ("quick_gelu" or "gelu") } => $"hidden_act: found {config.HiddenAct}; allowed: quick_gelu, gelu",
                { LayerNormEps: not 1e-5 } => $"layer_norm_eps: found {config.LayerNormEps}; allowed: 1e-5",
                { HiddenSize: < 1 or > 1 << 16 } or { NumAttentionHeads: < 1 } or { NumHiddenLayers: < 1 or > 1024 } or { VocabSize: < 1 or > 1 << 24 } or { MaxPositionEmbeddings: < 3 or > 1 << 16 } =>
                    "found sizes that no text encoder has",
                _ when config.HiddenSize % config.NumAttentionHeads != 0 => $"found a width of {config.HiddenSize} in {config.NumAttentionHeads} heads",
                _ when config.IntermediateSize != 4 * config.HiddenSize => $"intermediate_size: found {config.IntermediateSize}; allowed: 4 times hidden_size",
                _ => null,
            };
            return wrong is null ? config : throw new ConfigException($"{file}: {wrong}");
        }
        catch (Exception broken) when (broken is JsonException or NullReferenceException)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }
    }

    /// <summary>The encoder in the words of a run config.</summary>
    public TextEncoderOptions ToOptions() => new()
    {
        Width = HiddenSize, Layers = NumHiddenLayers, Heads = NumAttentionHeads, Gelu = HiddenAct == "gelu" ? Gelu.Exact : Gelu.Quick,
    };

    /// <summary>Fills an encoder from a file of transformers; positions and a projection, which it does not have, are passed over.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape, or unknown.</exception>
    public static void Load(TextEncoder encoder, TensorFile file)
    {
        var known = new HashSet<string> { "text_model.embeddings.position_ids", "text_projection.weight" };
        foreach (var (name, parameter) in encoder.named_parameters())
        {
            TransformersNames.Load(file, name, parameter);
            known.UnionWith([name, .. TransformersNames.Of(name)]);
        }

        if (file.Names.FirstOrDefault(name => !known.Contains(name)) is { } other)
        {
            throw new InvalidDataException($"{file.Path}: a text encoder has no tensor '{other}'");
        }
    }
}
