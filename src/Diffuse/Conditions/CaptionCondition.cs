using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Conditions;

/// <summary>
/// A text, through an encoder, for cross-attention (Rombach et al. 2022, section 3.3), and its summary beside the time (Nichol et al. 2021, GLIDE,
/// section 2.3). The empty text stands for none.
/// </summary>
/// <param name="wordDropout">The share of words that are left out in training.</param>
internal sealed class CaptionCondition(ITokenizer tokenizer, ITextReader reader, bool pooled = true, double wordDropout = 0) : IConditioner
{
    public ITokenizer Tokenizer => tokenizer;

    public ITextReader Reader => reader;

    /// <inheritdoc/>
    public NullCondition Null { get; } = new(Caption: Ids(tokenizer, [""], CPU));

    /// <inheritdoc/>
    public NetworkShape Asks(NetworkShape shape) => (pooled ? shape.Told(reader.SummarySize) : shape) with
    {
        TokenSize = reader.TokenSize,
        Texts = (tokenizer.Count, tokenizer.Length),
    };

    /// <inheritdoc/>
    public Condition Tell(Batch batch, Random random) => new(Caption: batch.Condition.Caption);

    /// <inheritdoc/>
    public Condition Thinned(Condition told, Random random)
    {
        if (wordDropout == 0 || told.Caption is not { } caption)
        {
            return told;
        }

        var ids = caption.cpu().data<long>().ToArray().Select(id => (int)id).Chunk(tokenizer.Length)
            .SelectMany(text => tokenizer.Thinned(text, () => random.NextDouble() < wordDropout)).Select(id => (long)id).ToArray();
        return told with { Caption = tensor(ids, caption.shape, device: caption.device) };
    }

    /// <summary>[N, L] int64.</summary>
    public static Tensor Ids(ITokenizer tokenizer, IReadOnlyList<string> texts, Device device)
    {
        var ids = texts.SelectMany(tokenizer.Encode).Select(id => (long)id).ToArray();
        return tensor(ids, [texts.Count, ids.Length / texts.Count], device: device);
    }
}

/// <summary>The caption of the image.</summary>
[Kind("caption")]
public sealed record CaptionOptions : ConditionOptions
{
    public TokenizerOptions Tokenizer { get; init; } = new();

    public TextEncoderOptions Encoder { get; init; } = new();

    /// <summary>The share of each text's words that are left out in training, so that words are learned one by one and not only together.</summary>
    [Range(0.0, 0.9)]
    public double WordDropout { get; init; }

    /// <summary>Whether the text's summary joins the time's embedding, beside cross-attention: the network learns sooner to follow words.</summary>
    public bool Pooled { get; init; } = true;

    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from)
    {
        if (from.Tokenizer is not { } tokenizer)
        {
            throw new ConfigException("conditions: found caption, and the images have none; allowed: a text for each image in metadata.jsonl");
        }

        return Encoder.Width % Encoder.Heads == 0
            ? new CaptionCondition(tokenizer, new TextEncoder(Encoder, tokenizer.Count, tokenizer.Length, from.Precision, from.Seed), Pooled, WordDropout)
            : throw new ConfigException($"conditions: caption: a width of {Encoder.Width} cannot be split into {Encoder.Heads} heads");
    }
}

/// <summary>The caption of the image, read by a CLIP that was trained before.</summary>
[Kind("clip-text")]
public sealed record ClipTextOptions : ConditionOptions
{
    /// <summary>A run of objective contrastive, or a folder of published weights. Checkpoints hold a copy.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <summary>Whether the text's features join the time's embedding, beside cross-attention.</summary>
    public bool Pooled { get; init; } = true;

    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from)
    {
        if (Model.Length == 0)
        {
            throw new ConfigException("conditions: clip-text: model: missing; allowed: a run of objective contrastive, or a folder of published weights");
        }

        var clip = from.Frozen!.Clip(Model).Network;
        return new CaptionCondition(clip.Tokenizer, clip, Pooled);
    }
}
