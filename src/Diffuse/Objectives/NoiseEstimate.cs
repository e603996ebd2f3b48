using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>The noise that a network's output amounts to, whatever it predicts.</summary>
internal static class NoiseEstimate
{
    /// <summary>
    /// (x_t - alpha D) / sigma = (1 - alpha c_skip) / sigma x_t - alpha c_out / sigma F, its coefficients in double: no digits are lost where sigma
    /// is small.
    /// </summary>
    public static Tensor Of(Model model, NoiseSchedule q, Tensor f, Tensor x, Times t) =>
        t.Coefficients(time => (1 - q.Alpha(time) * model.Parameterization.At(time).Skip) / q.Sigma(time), x) * x
        - t.Coefficients(time => q.Alpha(time) * model.Parameterization.At(time).Out / q.Sigma(time), x) * f;
}
