using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Conditions;

/// <summary>CLIP's embedding of the image itself, beside the time, for unCLIP's decoder (Ramesh et al. 2022, section 2.1). Zeros stand for none.</summary>
/// <param name="key">Tells the CLIP's weights from others.</param>
internal sealed class ImageEmbedding(PublishedClip clip, string key) : IConditioner
{
    public PublishedClip Clip => clip;

    public string Key => key;

    /// <inheritdoc/>
    public NullCondition Null { get; } = new(Embedding: zeros(1, clip.Clip.Config.EmbedDim));

    /// <inheritdoc/>
    public NetworkShape Asks(NetworkShape shape) => shape.Told(clip.Clip.Config.EmbedDim);

    /// <inheritdoc/>
    public Condition Tell(Batch batch, Random random) => new(Embedding: batch.Condition.Embedding ?? Of(batch.Pixels));

    /// <summary>[N, E] of images [N, C, H, W] in [-1, 1].</summary>
    public Tensor Of(Tensor images)
    {
        using var quiet = no_grad();
        return clip.ImageEmbedding(images);
    }
}

/// <summary>The embedding of the image by a CLIP that was trained before: the model draws variations of an image, and what a prior says.</summary>
[Kind("image-embedding")]
public sealed record ImageEmbeddingOptions : ConditionOptions
{
    /// <summary>A run of objective contrastive, or a folder of published weights. Checkpoints hold a copy.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from)
    {
        if (Model.Length == 0)
        {
            throw new ConfigException("conditions: image-embedding: model: missing; allowed: a run of objective contrastive, or a folder of published weights");
        }

        var (clip, key) = from.Frozen!.Clip(Model);
        return new ImageEmbedding(clip, key);
    }
}
