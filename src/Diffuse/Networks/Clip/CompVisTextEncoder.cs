using Diffuse.Numerics;

namespace Diffuse.Networks;

/// <summary>
/// The text encoder in a file of Stable Diffusion, <c>cond_stage_model</c>: of version 1 under the names of transformers, of version 2 under OpenAI's, with one
/// block more than the U-Net is told of.
/// </summary>
internal static class CompVisTextEncoder
{
    private const string First = "cond_stage_model.transformer.", Second = "cond_stage_model.model.", Blocks = "transformer.resblocks.", Layers = "text_model.encoder.layers.";

    private const int HeadSize = 64;

    private static readonly string[] prefixes = [First, Second, "state_dict." + First, "state_dict." + Second];

    /// <summary>Null where the file holds none.</summary>
    public static string? Prefix(TensorFile file) => prefixes.FirstOrDefault(prefix => file.Contains(prefix + Tokens(prefix)));

    /// <summary>Whether it is of version 2: OpenCLIP's.</summary>
    public static bool IsSecond(string prefix) => prefix.EndsWith(Second, StringComparison.Ordinal);

    /// <exception cref="InvalidDataException">It holds no such network.</exception>
    public static TextEncoderConfig Config(TensorFile file, string prefix)
    {
        var (second, tokens) = (IsSecond(prefix), file.ShapeOf(prefix + Tokens(prefix)));
        var width = (int)tokens[1];
        return new TextEncoderConfig
        {
            VocabSize = (int)tokens[0],
            MaxPositionEmbeddings = (int)file.ShapeOf(prefix + (second ? "positional_embedding" : "text_model.embeddings.position_embedding.weight"))[0],
            HiddenSize = width,
            IntermediateSize = 4 * width,
            NumHiddenLayers = second ? Count(Blocks, ".ln_1.weight") - 1 : Count(Layers, ".layer_norm1.weight"),
            NumAttentionHeads = Math.Max(1, width / HeadSize),
            HiddenAct = second ? "gelu" : "quick_gelu",
        };

        int Count(string start, string end) => Enumerable.Range(0, 1024).TakeWhile(i => file.Contains($"{prefix}{start}{i}{end}")).Count();
    }

    /// <summary>The tensors under transformers' names, but for what a text encoder of diffusers lacks.</summary>
    /// <param name="file">Disposed of with the result.</param>
    public static TensorFile Renamed(string path, TensorFile file, string prefix, TextEncoderConfig config) => new RenamedFile(path, file, file.Names
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])
        .Where(name => name is not ("logit_scale" or "text_projection" or "attn_mask") && !name.StartsWith($"{Blocks}{config.NumHiddenLayers}.", StringComparison.Ordinal))
        .SelectMany(name => Ours(name).Select((ours, part) => (Ours: ours, Tensor: new RenamedTensor(prefix + name, Ours(name).Count == 1 ? null : value => value.chunk(3, 0)[part]))))
        .ToDictionary(one => one.Ours, one => one.Tensor));

    private static IReadOnlyList<string> Ours(string name) => name.StartsWith("text_model.", StringComparison.Ordinal) ? [name] : TransformersNames.Of(name);

    private static string Tokens(string prefix) => IsSecond(prefix) ? "token_embedding.weight" : "text_model.embeddings.token_embedding.weight";
}
