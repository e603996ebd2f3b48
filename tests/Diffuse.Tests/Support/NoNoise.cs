using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>Noise that is zero: a step's mean.</summary>
internal sealed class NoNoise : INoise
{
    public Tensor Normal(Tensor like) => zeros_like(like);
}
