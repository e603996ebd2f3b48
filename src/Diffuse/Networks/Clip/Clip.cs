using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The sizes of a CLIP, in OpenAI's words.</summary>
/// <param name="VisionLayers">Of a vision transformer one number; of a residual network the blocks of its four layers.</param>
/// <param name="VisionHeads">Heads of the image tower; OpenAI's have 64 channels each, a residual network's pool 32 x width / 64.</param>
public sealed record ClipConfig(
    int EmbedDim, int ImageResolution, IReadOnlyList<int> VisionLayers, int VisionWidth, int VisionPatchSize, int VisionHeads,
    int ContextLength, int VocabSize, int TransformerWidth, int TransformerHeads, int TransformerLayers, int Channels = 3);

/// <summary>
/// CLIP (Radford et al. 2021): an image and a text encoder whose features agree for pairs that belong together, under OpenAI's parameter names, so that
/// published weights load. As a network its output is the logits of images x against the texts that it is told, [N, M].
/// </summary>
public sealed class Clip : Network
{
    /// <summary>The largest exp(logit_scale); beyond it training is unstable (section 2.5).</summary>
    private const double LargestScale = 100;

    private readonly Parameter positions;
    private readonly Parameter projection;
    private readonly Parameter logitScale;
    private readonly ImageTower visual;
    private readonly ModuleList<ResidualAttentionBlock> blocks = [];
    private readonly Embedding tokens;
    private readonly LayerNorm norm;

    public Clip(ClipConfig config, Precision precision, long seed)
        : base(nameof(Clip))
    {
        Config = config;
        using var generator = new Generator((ulong)seed);
        var width = config.TransformerWidth;
        register_parameter("positional_embedding", positions = Initial.Normal(0.01, generator, config.ContextLength, width));
        register_parameter("text_projection", projection = Initial.Normal(1 / Math.Sqrt(width), generator, width, config.EmbedDim));
        register_parameter("logit_scale", logitScale = new Parameter(tensor((float)Math.Log(1 / 0.07))));
        visual = config.VisionLayers.Count == 1 ? new VisionTransformer(config, precision, generator) : new ModifiedResNet(config, precision, generator);
        register_module("visual", visual);
        register_module("transformer", ResidualAttentionBlock.Stack(blocks, config.TransformerLayers, width, config.TransformerHeads, precision, generator));
        register_module("token_embedding", tokens = new Embedding(config.VocabSize, width, generator, std: 0.02));
        register_module("ln_final", norm = new LayerNorm(width));
    }

    public ClipConfig Config { get; }

    /// <inheritdoc/>
    public override string ConfigJson => NetworkJson.Write(Config);

    /// <inheritdoc/>
    public override bool IsDiffusers => false;

    /// <summary>[N, E] of images [N, C, R, R], not normalized.</summary>
    public Tensor ImageFeatures(Tensor images) => visual.call(images);

    /// <summary>[M, E] of ids [M, L], not normalized.</summary>
    public Tensor TextFeatures(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return TextFeatures(TextStates(ids), ids).MoveToOuterDisposeScope();
    }

    /// <summary>[M, L, C] of ids [M, L]: the states that the features are read from.</summary>
    public Tensor TextStates(Tensor ids) => TextEncoder.States(ids, tokens, positions, blocks, norm);

    /// <inheritdoc cref="TextFeatures(Tensor)"/>
    public Tensor TextFeatures(Tensor states, Tensor ids) => TextEncoder.AtEnd(states, ids).matmul(projection);

    /// <summary>exp(logit_scale) times the cosines of image and text features, [N, M].</summary>
    public Tensor Logits(Tensor imageFeatures, Tensor textFeatures) =>
        logitScale.exp().clamp(max: LargestScale) * Unit(imageFeatures).matmul(Unit(textFeatures).t());

    /// <summary>The mean of the cross entropies of a batch's logits by image and by text (figure 3), of each pair, [N].</summary>
    public static Tensor Contrastive(Tensor logits)
    {
        var own = arange(logits.shape[0], device: logits.device);
        return (nn.functional.cross_entropy(logits, own, reduction: nn.Reduction.None)
            + nn.functional.cross_entropy(logits.t(), own, reduction: nn.Reduction.None)) / 2;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor time, Condition given) =>
        Logits(ImageFeatures(x), TextFeatures(given.Caption ?? throw new ArgumentException("this network is told a text for each image, and none was given")));

    private static Tensor Unit(Tensor features) => features / features.norm(dim: 1, keepdim: true);
}
