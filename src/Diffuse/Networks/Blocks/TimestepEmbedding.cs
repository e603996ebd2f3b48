using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Two layers that make the vector told to every residual block: linear_2(SiLU(linear_1(features))).</summary>
internal sealed class TimestepEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Linear linear1;
    private readonly Linear linear2;

    public TimestepEmbedding(int features, int size, Precision precision, Generator? generator)
        : base(nameof(TimestepEmbedding))
    {
        register_module("linear_1", linear1 = new Linear(features, size, precision, generator));
        register_module("linear_2", linear2 = new Linear(size, size, precision, generator));
    }

    public override Tensor forward(Tensor features) => linear2.call(nn.functional.silu(linear1.call(features)));
}
