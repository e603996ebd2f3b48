using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Guidance;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class MisprintsReference
{
    [Theory, ReferenceCases("misprints")]
    public void The_right_form_of_the_formula_is_ours(string name)
    {
        var c = Reference.Case("misprints", name);
        using var scope = NewDisposeScope();
        var ours = Value(c);
        Close.Equal(c.Expected["right"].Number, ours);
        Assert.All(c.Expected["wrong"].Numbers, wrong => Assert.True(Math.Abs(ours - wrong) > 1e-6 * Math.Abs(wrong), $"as wrong as {wrong}"));
    }

    private static double Value(ReferenceCase c)
    {
        double Input(string name) => c.Inputs[name].Number;
        Tensor One(string name) => tensor(new[] { Input(name) }, [1, 1, 1, 1]);
        var (q, t) = c.Inputs.Has("schedule") ? ((BetaSchedule)new LinearOptions { Steps = 100 }.Build(), Input("t") + 1) : (null!, 0);
        if (c.Inputs.Has("schedule"))
        {
            Assert.Equal("openai linear T=100", c.Inputs["schedule"].Text);
        }

        double Mean(Tensor x0) => new Ddpm(q).Sample((_, _) => new Denoised(x0), One("x_t"), new TimeGrid([t, t - 1]), new NoNoise()).item<double>();
        Tensor X0(Tensor eps) => (One("x_t") - q.Sigma(t) * eps) / q.Alpha(t);
        switch (c.Name)
        {
            case "forward_mean":
                return q.Corrupt(One("x0"), Times.All(t, 1), zeros(1, 1, 1, 1, ScalarType.Float64)).item<double>();
            case "forward_std":
                return (q.Corrupt(zeros(1, 1, 1, 1, ScalarType.Float64), Times.All(t, 1), One("eps")) / One("eps")).item<double>();
            case "posterior_variance":
                return q.Posterior(t - 1, t).Variance;
            case "posterior_mean":
                return Mean(One("x0"));
            case "reverse_mean_from_eps":
                return Mean(Seen("eps", One("eps")));
            case "x0_from_eps":
                return Seen("eps", One("eps")).item<double>();
            case "score_from_eps":
                return q.Score(One("x_t"), X0(One("eps")), t).item<double>();
            case "ddim_sigma_eta1":
                return Ddim(1, One("x0"), ones(1, 1, 1, 1, ScalarType.Float64)) - Ddim(1, One("x0"), zeros(1, 1, 1, 1, ScalarType.Float64));
            case "ddim_direction":
                // The number listed is the variance of x_{t-1} that the direction gives, with the noise added to it.
                var direction = (Ddim(1, One("x0"), zeros(1, 1, 1, 1, ScalarType.Float64)) - q.Alpha(t - 1) * Input("x0")) / Input("eps");
                return direction * direction + q.Posterior(t - 1, t).Variance;
            case "classifier_guidance_eps":
                var guide = new FormulaGuide((x, _, _) => Input("grad") * x.flatten(1).sum(1));
                var guided = new ClassifierGuidance(new Known(X0(One("eps"))), q, guide, scale: 1);
                return q.Eps(One("x_t"), guided.Denoise(One("x_t"), t, Condition.None).X0, t).item<double>();
            case "learned_variance":
                return new ReverseVariance(q, Variance.Learned)
                    .Log(Times.All(t - 1, 1), Times.All(t, 1), tensor(Input("v"), ScalarType.Float64), zeros(1, ScalarType.Float64)).exp().item<double>();
            case "kl_weight":
                var off = X0(One("eps") + Input("delta_eps"));
                var variance = new ReverseVariance(q, Variance.Small);
                return new VariationalBound(q, variance)
                    .Step(X0(One("eps")), One("x_t"), Times.All(t - 1, 1), Times.All(t, 1), new Denoised(off)).item<double>() * Math.Log(2);
            case "cosine_beta":
                var cosine = (BetaSchedule)new CosineOptions { Steps = c.Inputs["T"].Integer }.Build();
                return Math.Pow(cosine.Alpha(Input("t") + 1), 2);
            case "bits_per_dim":
                return new VariationalBound(q, new ReverseVariance(q, Variance.Small)).Prior(One("x0")).item<double>();
            case "fid_trace_term":
                // The number listed is Tr (S1 S2)^(1/2) alone.
                var (zero, S1, S2) = (zeros(2, ScalarType.Float64), c.Inputs["S1"].Tensor(), c.Inputs["S2"].Tensor());
                return ((S1 + S2).trace().item<double>() - FrechetDistance.Between(zero, S1, zero, S2)) / 2;
            case "subvp_std":
                return Sde(new SubVpOptions { BetaMin = Input("beta_min"), BetaMax = Input("beta_max") }).Sigma(Input("t"));
            case "ve_diffusion":
                return Math.Sqrt(Sde(new VeOptions { SigmaMin = Input("sigma_min"), SigmaMax = Input("sigma_max") }).DiffusionSquared(Input("t")));
            case "langevin_noise":
                // The stationary variance b^2 / (1 - a^2) of a step x -> a x + b z on N(0, 1), whose score is -x.
                var ve = Sde(new VeOptions());
                var variance1 = Math.Pow(ve.Sigma(0.5), 2);
                double Step(double x, double z) => new AnnealedLangevin(ve, 1, Input("step") / variance1).Sample(
                    (at, _) => new Denoised(at - variance1 * at), tensor(new[] { x }, [1, 1, 1, 1]), new TimeGrid([0.6, 0.5]),
                    new ListedNoise([tensor(new[] { z }, [1, 1, 1, 1])])).item<double>();
                return Math.Pow(Step(0, 1), 2) / (1 - Math.Pow(Step(1, 0), 2));
            case "edm_weight":
                var sigma = new EdmScheduleOptions().Build();
                return Math.Pow(new KarrasPreconditioningOptions { SigmaData = Input("sigma_data") }.Build(sigma).At(Input("sigma")).Out, -2);
            default:
                throw new NotSupportedException($"no formula of ours for {c.Name}");
        }

        NoiseSchedule Sde(ProcessOptions options) => (NoiseSchedule)options.Build();

        Tensor Seen(string prediction, Tensor f)
        {
            var at = Published.Parameterization(prediction == "eps" ? "EPSILON" : prediction, q).At(t);
            return at.Skip * One("x_t") + at.Out * f;
        }

        double Ddim(double eta, Tensor x0, Tensor z) =>
            new Ddim(q, eta).Sample((_, _) => new Denoised(x0), q.Alpha(t) * x0 + q.Sigma(t) * One("eps"), new TimeGrid([t, t - 1]), new ListedNoise([z])).item<double>();
    }

    /// <summary>A denoiser that always says the same.</summary>
    private sealed class Known(Tensor x0) : IDenoiser
    {
        public Denoised Denoise(Tensor x, double t, Condition given) => new(x0);
    }
}
