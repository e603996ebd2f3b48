using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Conditions;

/// <summary>All that a network is told. In training each part is withheld with its own probability, for classifier-free guidance.</summary>
public sealed class Conditioning
{
    private readonly IReadOnlyList<(IConditioner Told, double Dropout)> parts;

    /// <param name="dropout">Of the parts that name none themselves.</param>
    public Conditioning(IEnumerable<ConditionOptions> options, ConditionSources from, double dropout)
    {
        parts = [.. options.Select(one => (one.Build(from), one.Dropout ?? dropout))];
        var withheld = parts.Where(part => part.Dropout > 0).Select(part => part.Told.Null).ToList();
        Null = withheld.Count == 0 ? null : new NullCondition(
            withheld.Select(one => one.Label).FirstOrDefault(label => label is not null),
            withheld.Select(one => one.Caption).FirstOrDefault(caption => caption is not null),
            Embedding: withheld.Select(one => one.Embedding).FirstOrDefault(embedding => embedding is not null),
            Image: Channels());
    }

    /// <summary>Told nothing.</summary>
    public static Conditioning None { get; } = new([], new ConditionSources(1, [], null, Precision.Fp32, 0), 0);

    /// <summary>What takes the place of all that can be withheld; null where nothing can.</summary>
    public NullCondition? Null { get; }

    /// <summary>What reads captions; null without them.</summary>
    public ITextReader? Text => Find<CaptionCondition>()?.Reader;

    /// <summary>The text encoder that is trained with the network; null without one.</summary>
    public TextEncoder? LearnedText => Text as TextEncoder;

    /// <summary>Whether a part is made of the pixels of the image.</summary>
    public bool SeesPixels => parts.Any(part => part.Told is LowResolution or MaskedImage);

    /// <summary>Whether the network is told nothing.</summary>
    public bool IsEmpty => parts.Count == 0;

    /// <summary>The shape of a network that can be told all of it.</summary>
    public NetworkShape Asks(NetworkShape shape) => parts.Aggregate(shape, (asked, part) => part.Told.Asks(asked));

    /// <summary>The part of a sort; null without one.</summary>
    public T? Find<T>()
        where T : IConditioner => parts.Select(part => part.Told).OfType<T>().FirstOrDefault();

    /// <summary>The condition of a batch; with <paramref name="withhold"/> some of it is taken away, as in training.</summary>
    public Condition Tell(Batch batch, Random random, bool withhold)
    {
        var n = (int)batch.Images.shape[0];
        var given = Condition.None;
        foreach (var (told, dropout) in parts)
        {
            var part = told.Tell(batch, random);
            given = With(given, withhold ? told.Null.Drop(told.Thinned(part, random), [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() < dropout)]) : part);
        }

        return given;
    }

    /// <summary>Two parts of a condition as one; images stand behind each other in the channels.</summary>
    public static Condition With(Condition given, Condition more) => new(
        more.Label ?? given.Label,
        more.Tokens ?? given.Tokens,
        more.Embedding ?? given.Embedding,
        given.Image is { } first && more.Image is { } second ? cat([first, second], 1) : more.Image ?? given.Image,
        more.TokenMask ?? given.TokenMask,
        more.Caption ?? given.Caption);

    /// <summary>Which channels of the image are withheld, over all parts.</summary>
    private IReadOnlyList<bool>? Channels()
    {
        var channels = parts.SelectMany(part => Enumerable.Repeat(part.Dropout > 0, part.Told.Null.Image?.Count ?? 0)).ToList();
        return channels.Contains(true) ? channels : null;
    }
}
