using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A table: [N] int64 in 0..count-1 to [N, size]. Starts as N(0, std^2).</summary>
internal sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public Embedding(int count, int size, Generator? generator, double std = 1)
        : base(nameof(Embedding))
    {
        weight = Initial.Normal(std, generator, count, size);
        register_parameter("weight", weight);
    }

    /// <summary>[count, size].</summary>
    public Parameter Table => weight;

    public override Tensor forward(Tensor index) => weight.index_select(0, index);
}
