using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Diffuse.Configuration;
using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The <c>config.json</c> of diffusers' PriorTransformer.</summary>
/// <param name="EmbeddingDim">D of the image and text embeddings.</param>
/// <param name="NumEmbeddings">Tokens of a text.</param>
/// <param name="AdditionalEmbeddings">The text's embedding, the time, the noised image embedding, and the place where the answer is read.</param>
public sealed record PriorConfig(
    int NumAttentionHeads, int AttentionHeadDim, int NumLayers, int EmbeddingDim, int NumEmbeddings = 77, int AdditionalEmbeddings = 4)
{
    [JsonPropertyName("_class_name")]
    public string ClassName { get; init; } = "PriorTransformer";

    [JsonIgnore]
    public int Width => NumAttentionHeads * AttentionHeadDim;
}

/// <summary>
/// unCLIP's prior (Ramesh et al. 2022, section 2.2): a transformer over text tokens, text embedding, time, noised image embedding and one place more, where it
/// says what the image embedding is. In diffusers' layout. x [N, D, 1, 1], told the tokens [N, L, D], the text's embedding [N, D] and which tokens count.
/// </summary>
public sealed class PriorTransformer : Network
{
    private const double Closed = -10000;

    private readonly PriorConfig config;
    private readonly Parameter positions, place, mean, std;
    private readonly TimestepEmbedding time;
    private readonly Linear image, text, tokens, output;
    private readonly ModuleList<PriorBlock> blocks = [];
    private readonly LayerNorm norm;

    public PriorTransformer(PriorConfig config, Precision precision, long seed)
        : base(nameof(PriorTransformer))
    {
        this.config = config;
        using var generator = new Generator((ulong)seed);
        var (width, size) = (config.Width, config.EmbeddingDim);
        register_parameter("positional_embedding", positions = Initial.Normal(0.02, generator, 1, config.NumEmbeddings + config.AdditionalEmbeddings, width));
        register_parameter("prd_embedding", place = Initial.Normal(0.02, generator, 1, 1, width));
        register_parameter("clip_mean", mean = new Parameter(zeros(1, size), requires_grad: false));
        register_parameter("clip_std", std = new Parameter(ones(1, size), requires_grad: false));
        register_module("time_embedding", time = new TimestepEmbedding(width, width, precision, generator));
        register_module("proj_in", image = new Linear(size, width, precision, generator));
        register_module("embedding_proj", text = new Linear(size, width, precision, generator));
        register_module("encoder_hidden_states_proj", tokens = new Linear(size, width, precision, generator));
        for (var layer = 0; layer < config.NumLayers; layer++)
        {
            blocks.Add(new PriorBlock(width, config.NumAttentionHeads, precision, generator));
        }

        register_module("transformer_blocks", blocks);
        register_module("norm_out", norm = new LayerNorm(width));
        register_module("proj_to_clip_embeddings", output = new Linear(width, size, precision, generator));
    }

    /// <inheritdoc/>
    public override string ConfigJson => NetworkJson.Write(config);

    /// <inheritdoc/>
    public override bool IsDiffusers => true;

    /// <inheritdoc/>
    public override bool IsToldVector => true;

    /// <summary>[N, D], image embeddings of standard normal ones.</summary>
    public Tensor Denormalized(Tensor embeddings) => embeddings * std + mean;

    /// <summary>[N, D], image embeddings with mean 0 and standard deviation 1 in each dimension.</summary>
    public Tensor Normalized(Tensor embeddings) => (embeddings - mean) / std;

    /// <summary>Sets the mean and the standard deviation to those of embeddings [N, D].</summary>
    public void Measure(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        mean.copy_(embeddings.mean([0], keepdim: true));
        std.copy_(embeddings.std(0, keepdim: true).clamp(min: 1e-6));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor t, Condition given)
    {
        using var scope = NewDisposeScope();
        var n = x.shape[0];
        var told = given.Tokens ?? throw new ArgumentException("the prior is told the tokens of a text, and none were given");
        var embedding = given.Embedding ?? throw new ArgumentException("the prior is told the embedding of a text, and none was given");
        var moment = time.call(TimeFeatures.Sinusoidal(t, config.Width, cosineFirst: true, shift: 0));
        var h = cat(
            [
                tokens.call(told), text.call(embedding).unsqueeze(1), moment.unsqueeze(1), image.call(x.reshape(n, config.EmbeddingDim)).unsqueeze(1),
                place.expand(n, 1, config.Width),
            ], 1) + positions;                                                                                       // [N, L + 4, W]
        Tensor? mask = null, causal = null;
        if (given.TokenMask is { } counted)
        {
            var length = h.shape[1];
            mask = cat([counted, ones(n, config.AdditionalEmbeddings, ScalarType.Bool, x.device)], 1);
            causal = full([length, length], Closed, float32, x.device).triu(1);
        }

        foreach (var block in blocks)
        {
            h = block.Apply(h, mask, causal);
        }

        return output.call(norm.call(h).select(1, -1)).to(float32).reshape(x.shape).MoveToOuterDisposeScope();
    }
}

/// <summary>Self-attention and a feed-forward network, each beside what it changes and behind a norm.</summary>
internal sealed class PriorBlock : nn.Module
{
    private readonly LayerNorm norm1, norm3;
    private readonly Attention attention;
    private readonly FeedForward feedForward;

    public PriorBlock(int width, int heads, Precision precision, Generator? generator)
        : base(nameof(PriorBlock))
    {
        register_module("norm1", norm1 = new LayerNorm(width));
        register_module("attn1", attention = new Attention(width, width, heads, precision, generator, withBias: true));
        register_module("norm3", norm3 = new LayerNorm(width));
        register_module("ff", feedForward = new FeedForward(width, precision, generator, gated: false));
    }

    /// <param name="x">[N, L, W].</param>
    /// <param name="mask">[N, L] bool, false where nobody looks; null: everywhere.</param>
    /// <param name="added">[L, L] added to all logits; null for none.</param>
    public Tensor Apply(Tensor x, Tensor? mask, Tensor? added)
    {
        var h = norm1.call(x);
        x = x + attention.Apply(h, h, mask, added);
        return x + feedForward.call(norm3.call(x));
    }
}

/// <summary>unCLIP's prior in the words of a run config.</summary>
[Kind("prior")]
public sealed record PriorOptions : NetworkOptions
{
    /// <summary>Channels of a place.</summary>
    [Range(8, 8192)]
    public int Width { get; init; } = 256;

    [Range(1, 64)]
    public int Layers { get; init; } = 4;

    [Range(1, 64)]
    public int Heads { get; init; } = 4;

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed)
    {
        var problem = (shape.Height, shape.Width) != (1, 1) ? "it draws embeddings; allowed: with latents: clip"
            : shape is not { TokenSize: { } tokens, VectorSize: { } vector, Texts: { } texts } ? "it is told a text; allowed: with conditions: clip-text"
            : tokens != shape.In || vector != shape.In ? $"found a CLIP whose texts have {tokens} channels and whose features have {shape.In}; allowed: as many"
            : Width % Heads != 0 ? $"a width of {Width} cannot be split into {Heads} heads"
            : Width % 2 != 0 ? $"found a width of {Width}; allowed: an even one"
            : null;
        return problem is null
            ? new PriorTransformer(new PriorConfig(Heads, Width / Heads, Layers, shape.In, shape.Texts!.Value.Length), precision, seed)
            : throw new ConfigException($"network: prior: {problem}");
    }
}
