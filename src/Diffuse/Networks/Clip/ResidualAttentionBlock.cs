using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// x + attention(ln_1(x)), then x + mlp(ln_2(x)), four times as wide: the block of CLIP's two transformers (Radford et al. 2021), under OpenAI's names.
/// [N, L, C] to the same.
/// </summary>
internal sealed class ResidualAttentionBlock : nn.Module
{
    private readonly LayerNorm norm1;
    private readonly MultiHeadAttention attention;
    private readonly LayerNorm norm2;
    private readonly Linear wide;
    private readonly Linear narrow;
    private readonly Gelu gelu;

    public ResidualAttentionBlock(int width, int heads, Precision precision, Generator? generator, Gelu gelu = Gelu.Quick)
        : base(nameof(ResidualAttentionBlock))
    {
        this.gelu = gelu;
        register_module("attn", attention = new MultiHeadAttention(width, heads, precision, generator));
        register_module("ln_1", norm1 = new LayerNorm(width));
        var mlp = new ModuleDict<Linear>();
        mlp.Add("c_fc", wide = new Linear(width, 4 * width, precision, generator));
        mlp.Add("c_proj", narrow = new Linear(4 * width, width, precision, generator));
        register_module("mlp", mlp);
        register_module("ln_2", norm2 = new LayerNorm(width));
    }

    /// <summary>A transformer of such blocks, <c>resblocks</c>.</summary>
    /// <param name="blocks">Filled with them.</param>
    public static ModuleDict<nn.Module> Stack(
        ModuleList<ResidualAttentionBlock> blocks, int layers, int width, int heads, Precision precision, Generator? generator, Gelu gelu = Gelu.Quick)
    {
        for (var i = 0; i < layers; i++)
        {
            blocks.Add(new ResidualAttentionBlock(width, heads, precision, generator, gelu));
        }

        var transformer = new ModuleDict<nn.Module>();
        transformer.Add("resblocks", blocks);
        return transformer;
    }

    /// <param name="causal">Whether a place looks at those before it and itself only.</param>
    public Tensor Apply(Tensor x, bool causal)
    {
        using var scope = NewDisposeScope();
        x = x + attention.Apply(norm1.call(x), causal);
        var h = wide.call(norm2.call(x));
        return (x + narrow.call(gelu == Gelu.Quick ? h * (1.702 * h).sigmoid() : nn.functional.gelu(h))).MoveToOuterDisposeScope();
    }
}

/// <summary>The nonlinearity of a transformer's wide layers.</summary>
public enum Gelu
{
    /// <summary>x sigmoid(1.702 x): OpenAI's models.</summary>
    Quick,

    /// <summary>x Phi(x), with the normal distribution's Phi: OpenCLIP's models.</summary>
    Exact,
}

/// <summary>PyTorch's multi-head attention: queries, keys and values from one matrix.</summary>
internal sealed class MultiHeadAttention : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Linear output;
    private readonly Precision precision;
    private readonly int heads;

    public MultiHeadAttention(int width, int heads, Precision precision, Generator? generator)
        : base(nameof(MultiHeadAttention))
    {
        (this.heads, this.precision) = (heads, precision);
        register_parameter("in_proj_weight", weight = Initial.Uniform(width, generator, 3 * width, width));
        register_parameter("in_proj_bias", bias = Initial.Zeros(3 * width));
        register_module("out_proj", output = new Linear(width, width, precision, generator));
    }

    public Tensor Apply(Tensor x, bool causal)
    {
        var qkv = nn.functional.linear(precision.Cast(x), precision.Cast(weight), precision.Cast(bias)).chunk(3, -1);
        var length = x.shape[1];
        var ahead = causal ? full([length, length], -10000.0, dtype: qkv[0].dtype, device: x.device).triu(1) : null;
        return output.call(Attention.Attend(qkv[0], qkv[1], qkv[2], heads, added: ahead));
    }
}
