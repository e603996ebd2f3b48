using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>CLIP's parameters under the names of Hugging Face's transformers, and the way there and back.</summary>
public static class TransformersNames
{
    private const string Blocks = "transformer.resblocks.";

    /// <summary>The names of transformers for a parameter of OpenAI's: one, or those whose rows it stacks.</summary>
    public static IReadOnlyList<string> Of(string name)
    {
        var visual = name.StartsWith("visual.", StringComparison.Ordinal);
        var own = visual ? name["visual.".Length..] : name;
        if (own.StartsWith(Blocks, StringComparison.Ordinal))
        {
            var parts = own[Blocks.Length..].Split('.', 2);
            var layer = $"{(visual ? "vision" : "text")}_model.encoder.layers.{parts[0]}.";
            return parts[1] is "attn.in_proj_weight" or "attn.in_proj_bias"
                ? [.. "qkv".Select(which => $"{layer}self_attn.{which}_proj.{parts[1]["attn.in_proj_".Length..]}")]
                : [layer + parts[1].Replace("attn.", "self_attn.").Replace("ln_", "layer_norm").Replace("c_fc", "fc1").Replace("c_proj", "fc2")];
        }

        return
        [
            name switch
            {
                "visual.class_embedding" => "vision_model.embeddings.class_embedding",
                "visual.positional_embedding" => "vision_model.embeddings.position_embedding.weight",
                "visual.conv1.weight" => "vision_model.embeddings.patch_embedding.weight",
                "visual.proj" => "visual_projection.weight",
                "positional_embedding" => "text_model.embeddings.position_embedding.weight",
                "token_embedding.weight" => "text_model.embeddings.token_embedding.weight",
                "text_projection" => "text_projection.weight",
                _ => name.Replace("visual.ln_pre", "vision_model.pre_layrnorm").Replace("visual.ln_post", "vision_model.post_layernorm")
                    .Replace("ln_final", "text_model.final_layer_norm"),
            },
        ];
    }

    /// <summary>A parameter under the names of transformers, as views.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Split(string name, Tensor tensor)
    {
        var theirs = Of(name);
        var rows = theirs.Count == 1 ? 0 : tensor.shape[0] / theirs.Count;
        return theirs.Select((part, i) => KeyValuePair.Create(
            part, theirs.Count > 1 ? tensor.narrow(0, i * rows, rows) : name is "text_projection" or "visual.proj" ? tensor.t() : tensor));
    }

    /// <summary>Reads a parameter that a file has under either name.</summary>
    /// <exception cref="InvalidDataException">It is not there, or of another shape.</exception>
    public static void Load(TensorFile file, string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        foreach (var (part, view) in file.Contains(name) ? [KeyValuePair.Create(name, tensor)] : Split(name, tensor))
        {
            file.ReadInto(part, view);
        }
    }
}
