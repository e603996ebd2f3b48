using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;

namespace Diffuse.Conditions;

/// <summary>The label, 0..K-1, through a table of K + 1 rows whose last stands for no label.</summary>
internal sealed class ClassCondition(int classes) : IConditioner
{
    /// <inheritdoc/>
    public NullCondition Null { get; } = new(Label: classes);

    /// <inheritdoc/>
    public NetworkShape Asks(NetworkShape shape) => shape with { Classes = classes };

    /// <inheritdoc/>
    public Condition Tell(Batch batch, Random random) => new(Label: batch.Condition.Label);
}

/// <summary>The class of the image.</summary>
[Kind("class")]
public sealed record ClassOptions : ConditionOptions
{
    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from) => from.Classes.Count > 0
        ? new ClassCondition(from.Classes.Count)
        : throw new ConfigException("conditions: found class, and the images have no labels; allowed: images in sub-folders, or with labels in metadata.jsonl or dataset.json");
}
