using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// CLIP's vision transformer (Dosovitskiy et al. 2020, with one more norm in front: Radford et al. 2021): patches and a class token through blocks,
/// the class token's state projected.
/// </summary>
internal sealed class VisionTransformer : ImageTower
{
    private readonly Parameter classToken;
    private readonly Parameter positions;
    private readonly Parameter projection;
    private readonly PatchEmbedding patches;
    private readonly LayerNorm normIn;
    private readonly LayerNorm normOut;
    private readonly ModuleList<ResidualAttentionBlock> blocks = [];
    private readonly Precision precision;

    public VisionTransformer(ClipConfig config, Precision precision, Generator generator)
        : base(nameof(VisionTransformer))
    {
        this.precision = precision;
        var (width, side) = (config.VisionWidth, config.ImageResolution / config.VisionPatchSize);
        var scale = 1 / Math.Sqrt(width);
        register_parameter("class_embedding", classToken = Initial.Normal(scale, generator, width));
        register_parameter("positional_embedding", positions = Initial.Normal(scale, generator, side * side + 1, width));
        register_parameter("proj", projection = Initial.Normal(scale, generator, width, config.EmbedDim));
        register_module("conv1", patches = new PatchEmbedding(config.Channels, width, config.VisionPatchSize, precision, generator));
        register_module("ln_pre", normIn = new LayerNorm(width));
        register_module("transformer", ResidualAttentionBlock.Stack(blocks, config.VisionLayers[0], width, config.VisionHeads, precision, generator));
        register_module("ln_post", normOut = new LayerNorm(width));
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = patches.call(images).flatten(2).transpose(1, 2).to(float32);                                          // [N, L, C]
        x = cat([classToken.expand(x.shape[0], 1, -1), x], 1) + positions;
        x = precision.Cast(normIn.call(x));
        x = blocks.Aggregate(x, (state, block) => block.Apply(state, causal: false));
        return normOut.call(x.select(1, 0)).to(float32).matmul(projection).MoveToOuterDisposeScope();
    }
}

/// <summary>A convolution of squares that do not overlap, without bias.</summary>
internal sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Precision precision;
    private readonly int size;

    public PatchEmbedding(int channels, int width, int size, Precision precision, Generator generator)
        : base(nameof(PatchEmbedding))
    {
        (this.precision, this.size) = (precision, size);
        register_parameter("weight", weight = Initial.Uniform(channels * size * size, generator, width, channels, size, size));
    }

    public override Tensor forward(Tensor x) => nn.functional.conv2d(precision.Cast(x), precision.Cast(weight), strides: [size, size]);
}
