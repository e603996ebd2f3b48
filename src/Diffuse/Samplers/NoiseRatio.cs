using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// The probability-flow ODE on the clock r = sigma / alpha (Song et al. 2020, equation 14; Karras et al. 2022): for y = x / alpha it is
/// dy/dr = eps, the noise that x holds.
/// </summary>
internal static class NoiseRatio
{
    /// <summary>r; infinite where no signal is left, 0 on clean data.</summary>
    public static double Ratio(this NoiseSchedule q, double t) => q.Sigma(t) / q.Alpha(t);

    /// <summary>eps of x_t as the denoiser has it. One evaluation.</summary>
    public static Tensor Eps(this NoiseSchedule q, Denoiser D, Tensor x, double t) => q.Eps(x, D(x, t).X0, t);

    /// <summary>x_s if the noise were eps all the way from t: alpha_s (x_t / alpha_t + (r_s - r_t) eps).</summary>
    public static Tensor Transfer(this NoiseSchedule q, Tensor x, Tensor eps, double t, double s) =>
        q.Alpha(s) / q.Alpha(t) * x + q.Alpha(s) * (q.Ratio(s) - q.Ratio(t)) * eps;

    /// <summary>The process, if r is finite on all of its clock.</summary>
    /// <exception cref="ConfigException">No signal is left at its end.</exception>
    public static NoiseSchedule WithSignal(NoiseSchedule q, string what) => q.Alpha(q.Horizon) > 0
        ? q
        : throw new ConfigException(
            $"{what} follows the noise on sigma / alpha, which is infinite at this process's end: ddim starts there, and dpm-solver and unipc on x0");
}
