using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>[N, L] int64 to [N, L, D].</summary>
public abstract class TextEncoder(string name) : nn.Module<Tensor, Tensor>(name)
{
    public abstract int Width { get; }

    public abstract string ConfigJson { get; }
}
