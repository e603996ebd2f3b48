using Diffuse.Denoising;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.References;

public sealed class SchedulesReference
{
    [Theory, ReferenceCases("schedules")]
    public void Every_derived_table_is_reproduced(string name)
    {
        var c = Reference.Case("schedules", name);
        var q = Published.Process(c.Inputs);
        var variance = new ReverseVariance(q, Variance.Small);
        var tables = new Dictionary<string, Func<double, double>>
        {
            ["betas"] = t => q.Between(t - 1, t).Variance,
            ["alphas_cumprod"] = t => Square(q.Alpha(t)),
            ["alphas_cumprod_prev"] = t => Square(q.Alpha(t - 1)),
            ["alphas_cumprod_next"] = t => t < q.Horizon ? Square(q.Alpha(t + 1)) : 0,
            ["sqrt_alphas_cumprod"] = q.Alpha,
            ["sqrt_one_minus_alphas_cumprod"] = q.Sigma,
            ["log_one_minus_alphas_cumprod"] = t => 2 * Math.Log(q.Sigma(t)),
            ["sqrt_recip_alphas_cumprod"] = t => 1 / q.Alpha(t),
            ["sqrt_recipm1_alphas_cumprod"] = t => q.Sigma(t) / q.Alpha(t),
            ["posterior_variance"] = t => q.Posterior(t - 1, t).Variance,
            ["posterior_log_variance_clipped"] = t => variance.LogPosterior(t - 1, t),
            ["posterior_mean_coef1"] = t => q.Posterior(t - 1, t).OfX0,
            ["posterior_mean_coef2"] = t => q.Posterior(t - 1, t).OfXt,
        };

        // diffusers makes its sigmoid betas in float32, which the tables inherit.
        var relative = c.Inputs["schedule"].Text == "sigmoid" ? 1e-5 : Close.Double;
        var steps = Enumerable.Range(1, q.Steps!.Value).Select(t => (double)t).ToList();
        foreach (var table in c.Expected["values_at_indices"].Names)
        {
            Close.Equal(
                c.Expected["values_at_indices"][table].Numbers,
                c.Inputs["indices"].Integers.Select(i => tables[table](i + 1)).ToArray(),
                relative, what: table);
            Close.Equal(c.Expected["sum_over_all"][table].Number, steps.Sum(tables[table]), relative, what: table + ", sum");
            Close.Equal(c.Expected["abs_sum_over_all"][table].Number, steps.Sum(t => Math.Abs(tables[table](t))), relative, what: table + ", sum of |.|");
        }
    }

    private static double Square(double x) => x * x;
}
