using Diffuse.Configuration;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>
/// CLIP's image embeddings as latents [N, E, 1, 1], which unCLIP's prior draws (Ramesh et al. 2022, section 2.2), brought to mean 0 and standard deviation 1
/// in each dimension.
/// </summary>
/// <param name="key">Tells its weights from others.</param>
internal sealed class ClipLatents(PublishedClip clip, string key) : MeasuredLatents
{
    private PriorTransformer? prior;

    /// <inheritdoc/>
    public override bool DrawsImages => false;

    /// <inheritdoc/>
    public override string Key => key;

    /// <summary>The network that keeps what is measured.</summary>
    public PriorTransformer Prior
    {
        get => prior ?? throw new InvalidOperationException("no network keeps mean and standard deviation");
        set => prior = value;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ShapeOf(IReadOnlyList<long> images) => images[0] == clip.Clip.Config.Channels
        ? [clip.Clip.Config.EmbedDim, 1, 1]
        : throw new ConfigException($"latents: found images of {images[0]} channels; allowed: {clip.Clip.Config.Channels}, which the CLIP sees");

    /// <inheritdoc/>
    public override Tensor Raw(Tensor pixels) => clip.ImageEmbedding(pixels).unsqueeze(-1).unsqueeze(-1);

    /// <inheritdoc/>
    public override void Measure(Tensor raw) => Prior.Measure(raw.flatten(1));

    /// <inheritdoc/>
    public override Tensor Normalized(Tensor raw) => Prior.Normalized(raw.flatten(1)).view(raw.shape);

    /// <summary>Embeddings, not images.</summary>
    /// <inheritdoc/>
    public override Tensor Decode(Tensor latents) => Prior.Denormalized(latents.flatten(1)).view(latents.shape);
}

/// <summary>The image embeddings of a CLIP that was trained before; for network prior.</summary>
[Kind("clip")]
public sealed record ClipLatentOptions : LatentOptions
{
    /// <summary>A run of objective contrastive, or a folder of published weights. Checkpoints hold a copy.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override ILatentSpace Build(IFrozenNetworks frozen)
    {
        if (Model.Length == 0)
        {
            throw new ConfigException("latents: model: missing; allowed: a run of objective contrastive, or a folder of published weights");
        }

        var (clip, key) = frozen.Clip(Model);
        return new ClipLatents(clip, key);
    }
}
