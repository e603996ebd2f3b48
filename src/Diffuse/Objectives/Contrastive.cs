using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Trains CLIP (Radford et al. 2021, figure 3): each image of a batch is to find its text among all of the batch, and each text its image. Noised
/// images make a CLIP that guides along the whole way (Nichol et al. 2021, GLIDE, section 2.4).
/// </summary>
/// <param name="times">Of the noise; null: images as they are.</param>
internal sealed class Contrastive(Clip clip, ForwardProcess process, ITimeLaw? times) : IObjective
{
    /// <inheritdoc/>
    public nn.Module Trainable => clip;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => times?.State ?? new Dictionary<string, Tensor>();

    /// <inheritdoc/>
    public Tensor Loss(Batch batch, INoise z, Random random)
    {
        if (times is null)
        {
            return Of(batch.Images, batch.Condition);
        }

        var drawn = times.Draw((int)batch.Images.shape[0], random);
        return times.Weighed(drawn, Of(process.Corrupt(batch.Images, drawn.Times, z.Normal(batch.Images)), batch.Condition));
    }

    private Tensor Of(Tensor x, Condition given) => Clip.Contrastive(clip.Logits(clip.ImageFeatures(x), clip.TextFeatures(given.Caption!)));
}

/// <summary>Image and text encoders whose features agree for pairs that belong together. Wants batches of 128 and more.</summary>
[Kind("contrastive")]
public sealed record ContrastiveOptions : ObjectiveOptions
{
    public TokenizerOptions Tokenizer { get; init; } = new();

    /// <summary>The law of the times to which images are noised; null: images as they are.</summary>
    public TimeLawOptions? Times { get; init; }

    /// <inheritdoc/>
    public override string Folder => "clip";

    /// <inheritdoc/>
    public override NetworkShape Asks(NetworkShape images, ConditionSources from) => from.Tokenizer is { } tokenizer
        ? images with { Texts = (tokenizer.Count, tokenizer.Length) }
        : throw new ConfigException("objective contrastive needs images with captions; allowed: a text for each image in metadata.jsonl");

    /// <inheritdoc/>
    public override IObjective Build(ObjectiveParts parts) => parts.Network is Clip clip
        ? new Contrastive(clip, parts.Process, Times?.Build(parts.Process))
        : throw new ConfigException("objective contrastive trains an image and a text encoder; allowed: network: clip");
}
