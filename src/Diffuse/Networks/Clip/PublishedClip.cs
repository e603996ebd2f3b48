using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// A CLIP that others trained: a folder with model.safetensors (or pytorch_model.bin), vocab.json and merges.txt, as Hugging Face has them, under the parameter names of transformers
/// (with config.json) or of OpenAI. Sizes are those of the tensors.
/// </summary>
/// <param name="Seen">preprocessor_config.json's normalization, or OpenAI's.</param>
public sealed record PublishedClip(Clip Clip, ITokenizer Tokenizer, Normalization Seen) : ITextReader
{
    public const string WeightsFile = "model.safetensors";

    /// <summary>Says how it wants images.</summary>
    public const string SeenFile = "preprocessor_config.json";

    private const string OlderWeightsFile = "pytorch_model.bin";

    private const string Blocks = "transformer.resblocks.";

    private static readonly Normalization openAI = new([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]);

    /// <inheritdoc/>
    public int TokenSize => Clip.Config.TransformerWidth;

    /// <inheritdoc/>
    public int SummarySize => Clip.Config.EmbedDim;

    /// <summary>The states, and as summary the text's features.</summary>
    /// <inheritdoc/>
    public TextReading Read(Tensor ids)
    {
        using var quiet = no_grad();
        var states = Clip.TextStates(ids);
        return new(states, Clip.TextFeatures(states, ids), TextEncoder.UpToEnd(ids));
    }

    /// <summary>[N, E] of images [N, C, H, W] in [-1, 1], which are brought to the size and the range that it sees.</summary>
    public Tensor ImageEmbedding(Tensor images) => Clip.ImageFeatures(Seen.Apply(Resized(images, Clip.Config.ImageResolution)));

    /// <summary>Bilinear, to squares of the given side.</summary>
    public static Tensor Resized(Tensor images, int side) => images.shape[2] == side && images.shape[3] == side
        ? images
        : nn.functional.interpolate(images, size: [side, side], mode: InterpolationMode.Bilinear, align_corners: false);

    /// <param name="path">Such a folder; or a file alone, such as OpenAI's ViT-B-32.pt, with vocab.json and merges.txt beside it.</param>
    /// <param name="tokenizer">The folder of vocab.json and merges.txt; null: the same.</param>
    /// <exception cref="ConfigException">It is damaged, or no CLIP of OpenAI's architecture.</exception>
    public static PublishedClip Read(string path, string? tokenizer = null, Precision precision = Precision.Fp32)
    {
        try
        {
            var folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
            var weights = File.Exists(path) ? path : TensorFile.In(folder) ?? throw new InvalidDataException($"{folder}: holds no {WeightsFile} or {OlderWeightsFile}");
            using var file = TensorFile.Open(weights);
            var config = File.Exists(path) ? null : Json(folder, "config.json");
            foreach (var part in new[] { "text_config", "vision_config" })
            {
                if ((string?)config?[part]?["hidden_act"] is not (null or "quick_gelu") and var act)
                {
                    throw new InvalidDataException($"{folder}/config.json: {part}.hidden_act: found {act}; allowed: quick_gelu, which OpenAI's models have");
                }
            }

            var own = config?["embed_dim"]?.GetValueKind() == JsonValueKind.Number && config["context_length"] is not null;
            var clip = new Clip(own ? config.Deserialize<ClipConfig>(NetworkJson.Options)! : Sizes(file, config), precision, seed: 0);
            var parameters = clip.named_parameters().Select(one => (one.name, (Tensor)one.parameter));
            foreach (var (name, tensor) in parameters.Concat(clip.named_buffers().Select(one => (one.name, one.buffer))))
            {
                TransformersNames.Load(file, name, tensor);
            }

            clip.eval();
            var normalization = Json(folder, SeenFile) is { } seen && seen["image_mean"] is { } mean && seen["image_std"] is { } std
                ? new Normalization(Numbers(mean), Numbers(std))
                : own ? Normalization.Own(clip.Config.Channels) : openAI;
            return new(clip, BytePairTokenizer.Read(tokenizer ?? folder, clip.Config.ContextLength), normalization);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or InvalidOperationException or JsonException)
        {
            throw new ConfigException(damaged.Message);
        }
    }

    private static ClipConfig Sizes(TensorFile file, JsonNode? config)
    {
        var shapes = file.Names.ToDictionary(name => name, file.ShapeOf);
        long[] Shape(string name) => shapes.GetValueOrDefault(name) ?? shapes.GetValueOrDefault(TransformersNames.Of(name)[0])
            ?? throw new InvalidDataException($"{WeightsFile}: there is no tensor '{name}'; allowed: a CLIP under the names of OpenAI or transformers");
        int Count(Func<int, string> name) => Enumerable.Range(0, int.MaxValue).TakeWhile(i => shapes.ContainsKey(name(i)) || shapes.ContainsKey(TransformersNames.Of(name(i))[0])).Count();
        var (vocabulary, width) = ((int)Shape("token_embedding.weight")[0], (int)Shape("token_embedding.weight")[1]);
        int Heads(string part, int channels) => (int?)config?[part]?["num_attention_heads"] ?? Math.Max(1, channels / 64);
        var text = (Length: (int)Shape("positional_embedding")[0], Heads: Heads("text_config", width), Layers: Count(i => $"{Blocks}{i}.ln_1.weight"));
        var projection = Shape("text_projection");
        var embedding = (int)(shapes.ContainsKey("text_projection") ? projection[1] : projection[0]);
        if (shapes.ContainsKey("visual.layer1.0.conv1.weight"))
        {
            var first = (int)Shape("visual.layer1.0.conv1.weight")[0];
            var side = (int)Math.Sqrt(Shape("visual.attnpool.positional_embedding")[0] - 1);
            int[] layers = [.. Enumerable.Range(1, 4).Select(layer => Count(i => $"visual.layer{layer}.{i}.conv1.weight"))];
            return new(embedding, side * 32, layers, first, 0, first * 32 / 64, text.Length, vocabulary, width, text.Heads, text.Layers);
        }

        var (patch, seen) = ((int)Shape("visual.conv1.weight")[^1], (int)Shape("visual.conv1.weight")[0]);
        return new(
            embedding, patch * (int)Math.Sqrt(Shape("visual.positional_embedding")[0] - 1), [Count(i => $"visual.{Blocks}{i}.ln_1.weight")], seen, patch,
            Heads("vision_config", seen), text.Length, vocabulary, width, text.Heads, text.Layers, (int)Shape("visual.conv1.weight")[1]);
    }

    private static JsonNode? Json(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        try
        {
            return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) : null;
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException($"{path}: {broken.Message}");
        }
    }

    private static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(number => (double)number!)];
}
