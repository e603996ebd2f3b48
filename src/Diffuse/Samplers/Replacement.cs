using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// Inpainting by a model that was never trained for it (Lugmayr et al. 2022, RePaint, algorithm 1): after every step of another sampler the
/// known pixels are replaced by x0 noised to that time. With repeated steps what is made up comes to fit what is known; with 1 it is plain
/// replacement (Song et al. 2021, appendix I.2).
/// </summary>
/// <param name="x0">[N, C, H, W] the known image.</param>
/// <param name="unknown">[N or 1, 1, H, W], 1 where it is to be made up.</param>
internal sealed class Replacement(ISampler inner, NoiseSchedule q, Tensor x0, Tensor unknown, int repeats) : Recurrence(inner, q, repeats)
{
    /// <inheritdoc/>
    protected override Tensor After(Tensor x, double s, INoise z) =>
        unknown * x + (1 - unknown) * (s > 0 ? Q.Alpha(s) * x0 + Q.Sigma(s) * z.Normal(x0) : x0);
}
