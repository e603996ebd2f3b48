using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// The pixels as a sequence through transformer blocks (Rombach et al. 2022, appendix E.2.1; diffusers' Transformer2DModel):
/// x + proj_out(blocks(proj_in(norm(x)))), [N, C, H, W] to the same.
/// </summary>
internal sealed class Transformer : SpatialAttention
{
    private const double Eps = 1e-6;

    private readonly GroupNorm norm;
    private readonly nn.Module<Tensor, Tensor> projectionIn;
    private readonly nn.Module<Tensor, Tensor> projectionOut;
    private readonly ModuleList<TransformerBlock> blocks = [];
    private readonly bool linear;

    public Transformer(UNet2DConfig config, int channels, int heads, Precision precision, Generator? generator)
        : base(nameof(Transformer))
    {
        linear = config.UseLinearProjection;
        register_module("norm", norm = new GroupNorm(channels, config.NormNumGroups, Eps));
        register_module("proj_in", projectionIn = Projection(zero: false));
        for (var i = 0; i < config.TransformerLayers; i++)
        {
            blocks.Add(new TransformerBlock(channels, config.CrossAttentionDim!.Value, heads, precision, generator));
        }

        register_module("transformer_blocks", blocks);
        register_module("proj_out", projectionOut = Projection(zero: true));

        nn.Module<Tensor, Tensor> Projection(bool zero) => linear
            ? new Linear(channels, channels, precision, generator, zero)
            : new Conv2d(channels, channels, 1, precision, generator, zero: zero);
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, Condition given)
    {
        using var scope = NewDisposeScope();
        var tokens = given.Tokens ?? throw new ArgumentException("this network is told a sequence for each image, and none was given");
        var (n, c, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var h = norm.Normalize(x);
        var rows = linear ? projectionIn.call(Rows(h)) : Rows(projectionIn.call(h));
        foreach (var block in blocks)
        {
            rows = block.Apply(rows, tokens, given.TokenMask);
        }

        return (x + (linear ? Image(projectionOut.call(rows)) : projectionOut.call(Image(rows)))).MoveToOuterDisposeScope();

        Tensor Rows(Tensor image) => ChannelsLast.Rows(image).reshape(n, height * width, c);

        Tensor Image(Tensor sequence) => ChannelsLast.Image(sequence.view(n, height, width, c));
    }
}

/// <summary>Self-attention, cross-attention and a gated feed-forward network, each beside what it changes and behind a norm.</summary>
internal sealed class TransformerBlock : nn.Module
{
    private readonly LayerNorm norm1;
    private readonly Attention self;
    private readonly LayerNorm norm2;
    private readonly Attention cross;
    private readonly LayerNorm norm3;
    private readonly FeedForward feedForward;

    /// <param name="told">Size of the sequence's elements.</param>
    public TransformerBlock(int channels, int told, int heads, Precision precision, Generator? generator)
        : base(nameof(TransformerBlock))
    {
        register_module("norm1", norm1 = new LayerNorm(channels));
        register_module("attn1", self = new Attention(channels, channels, heads, precision, generator));
        register_module("norm2", norm2 = new LayerNorm(channels));
        register_module("attn2", cross = new Attention(channels, told, heads, precision, generator));
        register_module("norm3", norm3 = new LayerNorm(channels));
        register_module("ff", feedForward = new FeedForward(channels, precision, generator));
    }

    public Tensor Apply(Tensor x, Tensor tokens, Tensor? mask)
    {
        var h = norm1.call(x);
        x = x + self.Apply(h, h);
        x = x + cross.Apply(norm2.call(x), tokens, mask);
        return x + feedForward.call(norm3.call(x));
    }
}

/// <summary>Four times as wide: W2 (a * gelu(b)), [a, b] = W1 x (GEGLU: Shazeer 2020), or W2 gelu(W1 x); gelu is the exact one.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Linear wide;
    private readonly Linear narrow;
    private readonly bool gated;

    public FeedForward(int channels, Precision precision, Generator? generator, bool gated = true)
        : base(nameof(FeedForward))
    {
        this.gated = gated;
        wide = new Linear(channels, (gated ? 8 : 4) * channels, precision, generator);
        narrow = new Linear(4 * channels, channels, precision, generator);
        var gate = new ModuleDict<nn.Module>();
        gate.Add("proj", wide);
        var net = new ModuleDict<nn.Module>(); // diffusers' list, whose element 1 is a dropout without parameters
        net.Add("0", gate);
        net.Add("2", narrow);
        register_module("net", net);
    }

    public override Tensor forward(Tensor x)
    {
        if (!gated)
        {
            return narrow.call(nn.functional.gelu(wide.call(x)));
        }

        var halves = wide.call(x).chunk(2, -1);
        return narrow.call(halves[0] * nn.functional.gelu(halves[1]));
    }
}
