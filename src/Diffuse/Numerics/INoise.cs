using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Where standard normal draws come from. Nothing else in the library draws Gaussian noise.</summary>
public interface INoise
{
    /// <summary>eps ~ N(0, I) with the shape, type and device of <paramref name="like"/>, [N, ...]; the first dimension counts images.</summary>
    Tensor Normal(Tensor like);
}
