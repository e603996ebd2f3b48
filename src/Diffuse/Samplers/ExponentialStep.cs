using Diffuse.Processes;

namespace Diffuse.Samplers;

/// <summary>
/// The probability-flow ODE from t to s with its linear part solved exactly (Lu et al. 2022a, equation 3.4; 2022b, equation 8). On the clock
/// lambda = log(alpha / sigma), with h = lambda_s - lambda_t,
///   x_s = Scale x_t + Weight int_0^h e^{Rate (h - u)} m(lambda_t + u) du,
/// where m is the clean image or the noise that x holds. A solver is a way to guess m between the times at which it is known.
/// </summary>
internal readonly record struct ExponentialStep(double Scale, double Weight, double Rate, double H)
{
    /// <summary>m is the clean image: the scale is sigma_s / sigma_t, the weight alpha_s, the rate -1.</summary>
    public static ExponentialStep OfX0(NoiseSchedule q, double t, double s) => new(q.Sigma(s) / q.Sigma(t), q.Alpha(s), -1, Length(q, t, s));

    /// <summary>m is the noise: the scale is alpha_s / alpha_t, the weight -sigma_s, the rate 1. Needs alpha_t > 0.</summary>
    public static ExponentialStep OfEps(NoiseSchedule q, double t, double s) => new(q.Alpha(s) / q.Alpha(t), -q.Sigma(s), 1, Length(q, t, s));

    /// <summary>lambda_s - lambda_t, above 0 on the way to clean data; infinite from pure noise and onto clean data.</summary>
    public static double Length(NoiseSchedule q, double t, double s) => (q.LogSnr(s) - q.LogSnr(t)) / 2;

    /// <summary>int_0^h e^{Rate (h - u)} (u / h)^k du = k! h phi_{k+1}(Rate h), phi as usual for exponential integrators.</summary>
    public double Moment(int k)
    {
        var z = Rate * H;
        if (Math.Abs(z) >= 1)
        {
            return k == 0 ? (Math.Exp(z) - 1) / Rate : (k * Moment(k - 1) / H - 1) / Rate;
        }

        // The recursion loses digits here: h sum_j k! z^j / (k + 1 + j)!.
        var (term, sum) = (H / (k + 1), H / (k + 1));
        for (var j = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); j++)
        {
            sum += term *= z / (k + 1 + j);
        }

        return sum;
    }
}
