using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Latents;
using Diffuse.Networks;

namespace Diffuse.Conditions;

/// <summary>One thing that a network is told about an image beside x_t and t.</summary>
public interface IConditioner
{
    /// <summary>The shape of a network that can be told.</summary>
    NetworkShape Asks(NetworkShape shape);

    /// <summary>Its part of the condition of training images.</summary>
    /// <param name="random">For parts that are drawn, such as a mask.</param>
    Condition Tell(Batch batch, Random random);

    /// <summary>Its part as it is told in training, less of it than there is.</summary>
    Condition Thinned(Condition told, Random random) => told;

    /// <summary>What takes its part's place.</summary>
    NullCondition Null { get; }
}

/// <summary>What conditioners are built from.</summary>
/// <param name="LatentChannels">Of what the network denoises: those of the images, or of their latents.</param>
/// <param name="Classes">Names by label; empty for images without labels.</param>
/// <param name="Tokenizer">Of captions; null where there are none.</param>
/// <param name="Seed">Of initial weights.</param>
public sealed record ConditionSources(int LatentChannels, IReadOnlyList<string> Classes, ITokenizer? Tokenizer, Precision Precision, long Seed)
{
    /// <summary>Where the network works.</summary>
    public ILatentSpace Latents { get; init; } = new Latents.Pixels();

    /// <summary>Networks that were trained before; null where nothing asks for them.</summary>
    public IFrozenNetworks? Frozen { get; init; }
}

/// <summary>How a config says what the network is told: <c>conditions: [class, { kind: caption, dropout: 0.2 }]</c>.</summary>
public abstract record ConditionOptions
{
    /// <summary>The share of training images for which it is withheld; null: the objective's condition_dropout. With 0 it cannot be guided.</summary>
    [Range(0.0, 1.0)]
    public double? Dropout { get; init; }

    /// <exception cref="ConfigException">The data do not have it.</exception>
    public abstract IConditioner Build(ConditionSources from);
}
