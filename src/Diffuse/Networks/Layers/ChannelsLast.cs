using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// The memory order N, H, W, C behind the shape [N, C, H, W]. libtorch has no argument for it here, but keeps it wherever it finds it:
/// convolutions, sums and copies of such a tensor are such tensors.
/// </summary>
internal static class ChannelsLast
{
    /// <summary>The same tensor with its channels innermost in memory; a copy only where they are not.</summary>
    public static Tensor Of(Tensor x) => Image(Rows(x).contiguous());

    /// <summary>[N, C, H, W] seen as [N, H, W, C]: contiguous where x is channels-last.</summary>
    public static Tensor Rows(Tensor x) => x.permute(0, 2, 3, 1);

    /// <summary>[N, H, W, C] seen as [N, C, H, W].</summary>
    public static Tensor Image(Tensor rows) => rows.permute(0, 3, 1, 2);
}
