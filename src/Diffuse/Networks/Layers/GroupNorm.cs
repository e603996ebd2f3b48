using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// Group normalization (Wu and He 2018) with what a diffusion U-Net puts around it, as one operation:
/// y = f((norm(x + add) w + b) (1 + scale) + shift), where add, scale and shift are told per image and channel by the time embedding and f is SiLU
/// or the identity. Statistics are taken in float32 over the pixels and channels of a group; y has the type of x.
/// </summary>
internal sealed partial class GroupNorm : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly int groups;
    private readonly double eps;

    public GroupNorm(int channels, int groups, double eps)
        : base(nameof(GroupNorm))
    {
        this.groups = groups;
        this.eps = eps;
        weight = Initial.Ones(channels);
        bias = Initial.Zeros(channels);
        register_parameter("weight", weight);
        register_parameter("bias", bias);
    }

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="told">add [N, C], or scale and shift beside each other [N, 2C]; null for none.</param>
    public Tensor Normalize(Tensor x, Tensor? told = null, bool scaleShift = false, bool silu = false)
    {
        var halves = scaleShift ? told?.to(float32).chunk(2, 1) : null;
        var (scale, shift, add) = (halves?[0], halves?[1], scaleShift ? null : told);
        Tensor? fused = null;
        Fused(x, add, scale, shift, silu, ref fused);
        return fused ?? Composed(add is null ? x : x + PerPixel(add).to(x.dtype), scale, shift, silu);
    }

    /// <summary>One operation instead of several, where there is one for this type and device.</summary>
    partial void Fused(Tensor x, Tensor? add, Tensor? scale, Tensor? shift, bool silu, ref Tensor? y);

    private Tensor Composed(Tensor x, Tensor? scale, Tensor? shift, bool silu)
    {
        var h = nn.functional.group_norm(x.to(float32), groups, weight, bias, eps);
        if (scale is not null && shift is not null)
        {
            h = h * (1 + PerPixel(scale)) + PerPixel(shift);
        }

        return (silu ? nn.functional.silu(h) : h).to(x.dtype);
    }

    private static Tensor PerPixel(Tensor perChannel) => perChannel.unsqueeze(-1).unsqueeze(-1);
}
