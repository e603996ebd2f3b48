using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A table: [N] int64 in 0..count-1 to [N, size]. Starts as N(0, 1).</summary>
internal sealed class Embedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public Embedding(int count, int size, Generator generator)
        : base(nameof(Embedding))
    {
        weight = Initial.Normal(1, generator, count, size);
        register_parameter("weight", weight);
    }

    public override Tensor forward(Tensor index) => weight.index_select(0, index);
}
