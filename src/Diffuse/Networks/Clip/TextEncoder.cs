using System.ComponentModel.DataAnnotations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// CLIP's text transformer (Radford et al. 2021, section 2.4) under OpenAI's parameter names: ids [N, L] int64 to the states [N, L, C] behind the last
/// norm, float32. Each place sees those before it.
/// </summary>
public sealed class TextEncoder : nn.Module<Tensor, Tensor>, ITextReader
{
    private readonly Parameter positions;
    private readonly ModuleList<ResidualAttentionBlock> blocks = [];
    private readonly Embedding tokens;
    private readonly LayerNorm norm;
    private readonly TextEncoderOptions options;
    private readonly int vocabulary;

    /// <param name="vocabulary">Different ids.</param>
    /// <param name="length">L.</param>
    /// <param name="seed">Of the first values; null: parameters have names and shapes, but neither values nor memory.</param>
    public TextEncoder(TextEncoderOptions options, int vocabulary, int length, Precision precision, long? seed)
        : base(nameof(TextEncoder))
    {
        (this.options, this.vocabulary, Length) = (options, vocabulary, length);
        using var generator = seed is { } number ? new Generator((ulong)number) : null;
        register_parameter("positional_embedding", positions = Initial.Normal(0.01, generator, length, options.Width));
        register_module("transformer", ResidualAttentionBlock.Stack(blocks, options.Layers, options.Width, options.Heads, precision, generator, options.Gelu));
        register_module("token_embedding", tokens = new Embedding(vocabulary, options.Width, generator, std: 0.02));
        register_module("ln_final", norm = new LayerNorm(options.Width));
    }

    /// <summary>C.</summary>
    public int Width => options.Width;

    public int Length { get; }

    /// <inheritdoc/>
    public int TokenSize => Width;

    /// <inheritdoc/>
    public int SummarySize => Width;

    /// <summary>What <c>text_encoder/config.json</c> of a checkpoint says: transformers' CLIPTextModel.</summary>
    public string ConfigJson => NetworkJson.Write(new TextEncoderConfig(options, vocabulary, Length));

    /// <summary>The parameters under transformers' names, as views.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Tensors =>
        named_parameters().SelectMany(named => TransformersNames.Split(named.name, named.parameter));

    public override Tensor forward(Tensor ids) => States(ids, tokens, positions, blocks, norm);

    /// <summary>The states, and as summary the mean of those up to the text's end (Saharia et al. 2022, Imagen): a rare word counts from the first step.</summary>
    /// <inheritdoc/>
    public TextReading Read(Tensor ids)
    {
        var states = call(ids);
        var words = UpToEnd(ids).to(states.dtype).unsqueeze(2);
        return new(states, (states * words).sum(1) / words.sum(1), null);
    }

    /// <summary>[N, L, C], of the parts of a text transformer.</summary>
    internal static Tensor States(Tensor ids, Embedding tokens, Tensor positions, IEnumerable<ResidualAttentionBlock> blocks, LayerNorm norm)
    {
        using var scope = NewDisposeScope();
        var x = tokens.call(ids.flatten()).view(ids.shape[0], ids.shape[1], -1) + positions.narrow(0, 0, ids.shape[1]);
        x = blocks.Aggregate(x, (state, block) => block.Apply(state, causal: true));
        return norm.call(x).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>[N, C], the state at each text's end, which has the largest id.</summary>
    /// <param name="states">[N, L, C].</param>
    public static Tensor AtEnd(Tensor states, Tensor ids) =>
        states.gather(1, ids.argmax(1).view(-1, 1, 1).expand(-1, 1, states.shape[2])).squeeze(1);

    /// <summary>[N, L] bool, true up to each text's end.</summary>
    internal static Tensor UpToEnd(Tensor ids) => arange(ids.shape[1], device: ids.device).unsqueeze(0).le(ids.argmax(1).unsqueeze(1));
}

/// <summary>The size of a text encoder that is trained with the network.</summary>
public sealed record TextEncoderOptions
{
    [Range(8, 4096)]
    public int Width { get; init; } = 128;

    [Range(1, 64)]
    public int Layers { get; init; } = 2;

    [Range(1, 64)]
    public int Heads { get; init; } = 4;

    /// <summary>Of the wide layers: quick as in OpenAI's CLIP, or exact as in OpenCLIP.</summary>
    public Gelu Gelu { get; init; } = Gelu.Quick;
}
