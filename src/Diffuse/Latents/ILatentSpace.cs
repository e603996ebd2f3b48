using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>The space in which diffusion runs. Pixels themselves, or what an invertible or learned map makes of them.</summary>
public interface ILatentSpace
{
    /// <summary>Pixels [N, C, H, W] in [-1, 1] to latents.</summary>
    Tensor Encode(Tensor pixels);

    Tensor Decode(Tensor latents);
}
