using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Layer normalization over the last dimension (Ba et al. 2016), in float32; the answer has the type of x.</summary>
internal sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly long[] shape;

    public LayerNorm(int size)
        : base(nameof(LayerNorm))
    {
        shape = [size];
        weight = Initial.Ones(size);
        bias = Initial.Zeros(size);
        register_parameter("weight", weight);
        register_parameter("bias", bias);
    }

    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x.to(float32), shape, weight, bias, 1e-5).to(x.dtype);
}
