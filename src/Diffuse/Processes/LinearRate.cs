namespace Diffuse.Processes;

/// <summary>
/// The noise rate of the VP and sub-VP SDEs, beta(t) = min + t (max - min) on 0..1 (Song et al. 2021, equation 32), whose signal is
/// log alpha(t) = -1/2 int_0^t beta = -t min / 2 - t^2 (max - min) / 4.
/// </summary>
internal readonly record struct LinearRate(double Min, double Max)
{
    public double Beta(double t) => Min + t * (Max - Min);

    public double LogAlpha(double t) => -t * Min / 2 - t * t * (Max - Min) / 4;
}
