using Diffuse.Processes;

namespace Diffuse.Tests.Support;

/// <summary>
/// x_t = s(t) (x0 + sigma(t) eps), the processes of Karras et al. 2022, table 1, by noise level sigma(t), its rate and its inverse; s = 1 or
/// 1 / sqrt(1 + sigma^2), which preserves the variance.
/// </summary>
internal sealed class ScaledNoise(
    Func<double, double> level, Func<double, double> rate, Func<double, double> timeOf, bool preserving, Func<double, double> label) : NoiseSchedule
{
    /// <summary>sigma = sqrt(exp(beta_d t^2 / 2 + beta_min t) - 1).</summary>
    public static ScaledNoise Vp(double betaD, double betaMin, bool preserving = true, double labels = 1)
    {
        double Level(double t) => Math.Sqrt(Math.Exp(0.5 * betaD * t * t + betaMin * t) - 1);
        return new(
            Level,
            t => 0.5 * (betaMin + betaD * t) * (Level(t) + 1 / Level(t)),
            sigma => (Math.Sqrt(betaMin * betaMin + 2 * betaD * Math.Log(sigma * sigma + 1)) - betaMin) / betaD,
            preserving,
            t => labels * t);
    }

    /// <summary>sigma = sqrt(t).</summary>
    public static ScaledNoise Ve(bool preserving = false) =>
        new(Math.Sqrt, t => 0.5 / Math.Sqrt(t), sigma => sigma * sigma, preserving, t => Math.Log(Math.Sqrt(t) / 2));

    /// <summary>sigma = t.</summary>
    public static ScaledNoise Linear(bool preserving = false) => new(t => t, _ => 1, sigma => sigma, preserving, t => t);

    public override double Horizon => timeOf(1e6);

    public override double Alpha(double t) => preserving ? 1 / Math.Sqrt(1 + level(t) * level(t)) : 1;

    public override double Sigma(double t) => Alpha(t) * level(t);

    public override double AlphaRate(double t) => preserving ? -level(t) * rate(t) * Math.Pow(Alpha(t), 3) : 0;

    public override double SigmaRate(double t) => AlphaRate(t) * level(t) + Alpha(t) * rate(t);

    public override double TimeOf(double logSnr) => timeOf(Math.Exp(-logSnr / 2));

    public override double Label(double t) => label(t);
}
