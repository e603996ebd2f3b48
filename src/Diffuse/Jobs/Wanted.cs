using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>What each of n images is to show: classes in turn, prompts in turn, a given image, or whatever the model likes.</summary>
internal sealed class Wanted
{
    private readonly RunPlan plan;
    private readonly IReadOnlyList<int>? labels;
    private readonly IReadOnlyList<string>? prompts;

    /// <summary>What the embeddings stand for.</summary>
    private readonly IReadOnlyList<string>? shown;

    private Wanted(RunPlan plan, IReadOnlyList<int>? labels, IReadOnlyList<string>? prompts, IReadOnlyList<string>? shown = null) =>
        (this.plan, this.labels, this.prompts, this.shown) = (plan, labels, prompts, shown);

    /// <summary>[M, C', H, W], in turn what the network sees beside x_t; null for networks that see no image.</summary>
    public Tensor? Image { get; private init; }

    /// <summary>[M, E], in turn the image embedding that the network is told; null for networks that are told none.</summary>
    public Tensor? Embedding { get; private init; }

    /// <summary>The words under each image; null where the model is told neither class nor text.</summary>
    public IReadOnlyList<string>? Names => (labels, prompts) switch
    {
        (null, null) => shown,
        ({ }, null) => [.. labels.Select(Class)],
        (null, { }) => prompts,
        _ => [.. labels!.Select((label, i) => $"{Class(label)}: {prompts![i]}")],
    };

    /// <summary>The classes and prompts that were asked for, else all classes in turn and the prompts of the config.</summary>
    /// <exception cref="ConfigException">The model knows no such class, or no classes or texts at all.</exception>
    public static Wanted Of(int n, RunPlan plan, ClassList? classes = null, IReadOnlyList<string>? prompts = null, Tensor? image = null, Embeddings? embeddings = null)
    {
        var names = plan.Choices;
        var count = names.Count > 0 ? names.Count : (int?)null;
        var asked = classes?.Labels(count, names) ?? (count is null ? null : [.. Enumerable.Range(0, count.Value)]);
        return new Wanted(plan, Cycle(n, asked), Cycle(n, Texts(plan, embeddings is null ? prompts : null)), embeddings?.Shown)
        {
            Image = image,
            Embedding = embeddings?.Rows,
        };
    }

    /// <summary>The classes and prompts that were asked for, else none: the null label and the empty text, where the model knows them.</summary>
    /// <inheritdoc cref="Of"/>
    /// <param name="embedding">[M, E]; null: no image's.</param>
    public static Wanted OnlyAsked(int n, RunPlan plan, ClassList? classes, IReadOnlyList<string>? prompts = null, Tensor? embedding = null)
    {
        var count = plan.Knows<ClassCondition>() ? plan.Images.Classes.Count : (int?)null;
        var labels = classes?.Labels(count, plan.Images.Classes) ?? (count is { } none ? [none] : null);
        return new Wanted(plan, Cycle(n, labels), Cycle(n, prompts is null && plan.Knows<CaptionCondition>() ? [""] : Texts(plan, prompts)))
        {
            Embedding = embedding ?? plan.Conditions.Find<ImageEmbedding>()?.Null.Embedding!.to(plan.Device),
        };
    }

    /// <summary>What the network is told for some of the images, texts encoded.</summary>
    /// <param name="part">Their places.</param>
    public Condition Given(IReadOnlyList<int> part)
    {
        var label = labels is null ? null : tensor(part.Select(i => (long)labels[i]).ToArray(), device: plan.Device);
        var caption = prompts is null ? null : CaptionCondition.Ids(plan.Tokenizer!, [.. part.Select(i => prompts[i])], plan.Device);
        return plan.Model.Read(new Condition(Label: label, Caption: caption, Image: InTurn(Image), Embedding: InTurn(Embedding)));

        Tensor? InTurn(Tensor? rows) => rows?.index_select(0, tensor(part.Select(i => i % rows.shape[0]).ToArray(), device: plan.Device));
    }

    /// <summary>The class of an image; null for a model without classes.</summary>
    public (int? Label, string? Name) ClassOf(int i) => labels is null ? (null, null) : (labels[i], Class(labels[i]));

    /// <summary>The prompt of an image; null for a model without texts.</summary>
    public string? PromptOf(int i) => (prompts ?? shown)?[i];

    private static IReadOnlyList<string>? Texts(RunPlan plan, IReadOnlyList<string>? asked)
    {
        if (!plan.Knows<CaptionCondition>())
        {
            return asked is null ? null : throw new ConfigException("--prompt: the model was trained without captions; leave --prompt out");
        }

        if (asked?.Any(string.IsNullOrWhiteSpace) == true)
        {
            throw new ConfigException("--prompt: found an empty text; allowed: words, or --guidance 0 for images of no prompt");
        }

        return asked ?? (plan.Config.Sampling.Prompts is { Count: > 0 } configured ? configured : plan.Images.Captions ?? [""]);
    }

    private static IReadOnlyList<T>? Cycle<T>(int n, IReadOnlyList<T>? values) =>
        values is null ? null : [.. Enumerable.Range(0, n).Select(i => values[i % values.Count])];

    private string Class(int label) => label < plan.Choices.Count ? plan.Choices[label] : "none";
}
