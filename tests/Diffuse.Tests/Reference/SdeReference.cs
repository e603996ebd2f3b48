using System.Globalization;
using System.Text.RegularExpressions;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed partial class SdeReference
{
    [Theory, ReferenceCases("sde")]
    public void Processes_samplers_losses_and_likelihoods_agree(string name)
    {
        var c = Reference.Case("sde", name);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        Action<ReferenceCase> check =
            c.Expected.Has("mean_coefficient") ? Process
            : c.Expected.Has("bpd") ? Density
            : c.Expected.Has("loss") ? Loss
            : c.Expected.Has("sigmas") ? Levels
            : c.Inputs.Has("predictor") && c.Inputs.Has("corrector") ? Run
            : c.Inputs.Has("predictor") ? Predict
            : c.Inputs.Has("corrector") ? Correct
            : c.Inputs.Has("solver") ? Flow
            : _ => Assert.Fail("a case of an unknown kind: it expects " + string.Join(", ", c.Expected.Names));
        check(c);
    }

    private static void Process(ReferenceCase c)
    {
        var (q, n, t) = (Sde(c.Inputs), N(c.Inputs), c.Inputs["t"].Numbers);
        Close.Equal(c.Expected["mean_coefficient"].Numbers, Array.ConvertAll(t, q.Alpha), what: "alpha");
        Close.Equal(c.Expected["std"].Numbers, Array.ConvertAll(t, q.Sigma), what: "sigma");
        Close.Equal(c.Expected["drift_for_x_1"].Numbers, Array.ConvertAll(t, q.Drift), what: "drift");
        Close.Equal(c.Expected["diffusion"].Numbers, Array.ConvertAll(t, time => Math.Sqrt(q.DiffusionSquared(time))), what: "diffusion");
        var steps = Array.ConvertAll(t, time => q.Discretized(time - 1.0 / n, time));
        Close.Equal(c.Expected["discretize_f_for_x_1"].Numbers, Array.ConvertAll(steps, step => step.Scale - 1), what: "discrete drift");
        Close.Equal(c.Expected["discretize_G"].Numbers, Array.ConvertAll(steps, step => Math.Sqrt(step.Variance)), what: "discrete diffusion");
        Close.Equal(
            c.Expected["prior_logp"].Numbers,
            Gaussian.LogDensity(c.Inputs["z_for_prior_logp"].Tensor(), q.PriorSigma).flatten(1).sum([1]), what: "density of the prior");
        if (c.Expected.Has("discrete"))
        {
            var (discrete, chain) = (c.Expected["discrete"], Chain(c.Inputs));
            var at = discrete["indices"].Integers;
            var tables = new Dictionary<string, Func<int, double>>
            {
                ["betas"] = i => chain.Between(i, i + 1).Variance,
                ["alphas_cumprod"] = i => Math.Pow(chain.Alpha(i + 1), 2),
                ["sigmas"] = i => chain.Sigma(i + 1),
            };
            foreach (var table in discrete.Names.Where(table => table != "indices"))
            {
                Close.Equal(discrete[table].Numbers, Array.ConvertAll(at, i => tables[table](i)), what: table);
            }
        }
    }

    /// <summary>A step of length 1 / N from each image's own time, as published.</summary>
    private static void Predict(ReferenceCase c)
    {
        var (n, t) = (N(c.Inputs), c.Inputs["t"].Numbers);
        var flow = c.Inputs["probability_flow"].Flag;
        var (x, noise) = (c.Inputs["x"].Tensor(), c.Inputs["noise"].Tensor());
        for (var i = 0; i < t.Length; i++)
        {
            var (q, D, time, next) = c.Inputs["predictor"].Text == "ancestral_sampling"
                ? OnChain(c.Inputs, t[i])
                : (Sde(c.Inputs), Model(c.Inputs, Sde(c.Inputs)).Given(Condition.None), t[i], t[i] - 1.0 / n);
            Close.Equal(c.Expected["score"].Tensor().Image(i), q.Score(x.Image(i), D(x.Image(i), time).X0, time), what: "score");
            var step = Predictor(c.Inputs, q, flow).Predict(D, x.Image(i), time, next);
            Close.Equal(c.Expected["x_mean"].Tensor().Image(i), step.Mean, what: "mean");
            Close.Equal(c.Expected["x"].Tensor().Image(i), step.Mean + step.Deviation * noise.Image(i), what: "x");
        }
    }

    /// <summary>
    /// The published ancestral step goes from level trunc(t (N - 1)) to the one below on the chain of N steps (DDPM's, NCSN's), with the score at t
    /// itself, or, of a model trained on the chain, at the label that the published code makes of t.
    /// </summary>
    private static (NoiseSchedule Chain, Denoiser D, double T, double S) OnChain(ReferenceValue inputs, double t)
    {
        var (chain, sde, n) = (Chain(inputs), Sde(inputs), N(inputs));
        var step = Math.Truncate(t * (n - 1)) + 1;
        if (!inputs["continuous"].Flag)
        {
            var label = IsVe(inputs) ? Math.Round((1 - t) * (n - 1)) : t * (n - 1);
            return (chain, Model(inputs, chain, label).Given(Condition.None), step, step - 1);
        }

        var model = Model(inputs, sde);
        Denoised D(Tensor x, double time) => new(
            (x + Math.Pow(chain.Sigma(time), 2) * sde.Score(x, model.Denoise(x, t, Condition.None).X0, t)) / chain.Alpha(time));
        return (chain, D, step, step - 1);
    }

    /// <summary>
    /// Images at times of their own, with norms over both: each step is made once for the time of each, with a denoiser that knows all times, and
    /// the image of that time is taken. The mean of steps with z and with -z is the step without noise.
    /// </summary>
    private static void Correct(ReferenceCase c)
    {
        var (q, n, t) = (Sde(c.Inputs), N(c.Inputs), c.Inputs["t"].Numbers);
        var model = Model(c.Inputs, q);
        var (x, noises) = (c.Inputs["x"].Tensor(), c.Inputs["noises_in_order_of_use"].Tensor());
        Tensor mean = x;
        for (var step = 0; step < c.Inputs["n_steps"].Integer; step++)
        {
            var (before, z) = (x, noises[step]);
            (x, mean) = (Each(i => Step(i, z)), Each(i => (Step(i, z) + Step(i, -z)) / 2));

            Tensor Each(Func<int, Tensor> make) => cat([.. t.Select((_, i) => make(i).Image(i))], 0);
            Tensor Step(int i, Tensor draw) => Corrector(c.Inputs, q, steps: 1).Correct(D, before, t[i], t[i] - 1.0 / n, new ListedNoise([draw]));
        }

        Close.Equal(c.Expected["x_mean"], mean, what: "mean");
        Close.Equal(c.Expected["x"], x, what: "x");

        Denoised D(Tensor at, double time)
        {
            var score = cat([.. t.Select((own, i) => q.Score(at.Image(i), model.Denoise(at.Image(i), own, Condition.None).X0, own))], 0);
            return new((at + Math.Pow(q.Sigma(time), 2) * score) / q.Alpha(time));
        }
    }

    /// <summary>The published steps have length 1 / N whatever the spacing of the times, and the last one is its mean.</summary>
    private static void Run(ReferenceCase c)
    {
        var (q, n) = (Sde(c.Inputs), N(c.Inputs));
        var grid = new UniformOptions { Epsilon = c.Inputs["eps"].Number }.Build(q, n);
        var sampler = new PredictorCorrector(Predictor(c.Inputs, q, flow: false), Corrector(c.Inputs, q, c.Inputs["n_steps"].Integer));
        var noises = c.Inputs["noises_in_order_of_use"].Tensor();
        noises[^1].zero_();
        var z = new ListedNoise(noises);
        var D = Model(c.Inputs, q).Given(Condition.None);
        var x = q.Prior(noises[0], z);
        foreach (var t in grid.Times.SkipLast(1))
        {
            x = sampler.Sample(D, x, new TimeGrid([t, t - 1.0 / n]), z);
        }

        Assert.Equal(noises.shape[0], z.Taken);
        Close.Equal(c.Expected["sample"], x, what: "sample");
    }

    private static void Loss(ReferenceCase c)
    {
        var continuous = c.Inputs.Has("u_per_image");
        var q = continuous ? Sde(c.Inputs) : Chain(c.Inputs);
        var t = new Times(continuous
            ? Array.ConvertAll(c.Inputs["u_per_image"].Numbers, q.TimeAt)
            : Array.ConvertAll(c.Inputs["labels"].Numbers, label => IsVe(c.Inputs) ? q.Horizon - label : label + 1));
        IWeight? weight = c.Inputs.Has("likelihood_weighting") && c.Inputs["likelihood_weighting"].Flag ? new Likelihood(q)
            : IsVe(c.Inputs) ? new MinSnr(q, double.PositiveInfinity)
            : null;
        var x0 = c.Inputs["x_uint8"].Scaled();
        var loss = new SimpleLoss(weight).PerImage(Model(c.Inputs, q), x0, Condition.None, t, c.Inputs["noise"].Tensor()).mean().item<double>();
        Close.Equal(c.Expected["loss"].Number, c.Inputs["reduce_mean"].Flag ? loss : loss * (x0.numel() / x0.shape[0]) / 2, what: "loss");
    }

    private static void Density(ReferenceCase c)
    {
        var q = Sde(c.Inputs);
        var D = Model(c.Inputs, q).Given(Condition.None);
        var flow = new FlowLikelihood(q);
        var (x, probe) = (c.Inputs["x_uint8"].Scaled(), c.Inputs["rademacher_probe"].Tensor());
        foreach (var at in c.Expected["probability_flow_at_times_float64"].Items)
        {
            var (velocity, divergence) = flow.Flow(D, x, at["t"].Number, [probe]);
            Close.Equal(at["drift"], velocity, what: $"velocity at {at["t"].Number}");
            Close.Equal(at["divergence_estimate"].Numbers, divergence, what: $"divergence at {at["t"].Number}");
        }

        // An adaptive solver, and float32 in the published run.
        var (logDensity, latent) = flow.Of(D, x, [probe]);
        var z = c.Expected["z"].Tensor();
        Close.Equal(c.Expected["bpd"].Numbers, OdeLikelihood.BitsPerDim(logDensity, x.numel() / x.shape[0]), 1e-4, what: "bits/dim");
        Close.Equal(z, latent, 1e-4, 1e-4 * z.abs().max().item<double>(), "latent");
    }

    private static void Flow(ReferenceCase c)
    {
        var q = Sde(c.Inputs);
        var solver = Solver().Match(c.Inputs["solver"].Text).Groups;
        double Number(int group) => double.Parse(solver[group].Value, CultureInfo.InvariantCulture);
        var (tolerance, from, to) = (Number(1), Number(2), Number(3));
        var noise = c.Inputs["noise"].Tensor() * q.PriorSigma;
        var D = Model(c.Inputs, q).Given(Condition.None);
        var sample = new Rk45(q, tolerance, tolerance).Sample(D, noise, new TimeGrid([from, to]), new NoNoise());
        Close.Equal(c.Expected["sample"], sample, 1e-4, 1e-4, "sample");
    }

    /// <summary>The published levels are rounded to float32, which steps follow; ours are exact.</summary>
    private static void Levels(ReferenceCase c)
    {
        var expected = c.Expected["sigmas"].Numbers;
        var count = expected.Length;
        var exact = (NoiseSchedule)new NcsnOptions
        {
            Levels = c.Inputs["num_classes"].Integer, SigmaMin = c.Inputs["sigma_end"].Number, SigmaMax = c.Inputs["sigma_begin"].Number,
        }.Build();
        Close.Equal(expected, [.. Enumerable.Range(0, count).Select(i => exact.Sigma(count - i))], 1e-5, what: "sigmas");
        Close.Equal(c.Expected["ratio_first_two"].Number, exact.Sigma(count) / exact.Sigma(count - 1), 1e-6, what: "ratio");

        var q = new RoundedLevels([.. expected.Select(sigma => (double)(float)sigma)]);
        var e = c.Inputs["step_lr"].Number / Math.Pow(q.Sigma(1), 2);
        Close.Equal(
            c.Expected["step_sizes"].Numbers, [.. Enumerable.Range(0, count).Select(i => e * Math.Pow(q.Sigma(count - i), 2))], what: "steps");
        if (!c.Inputs.Has("network"))
        {
            return;
        }

        var sampler = new AnnealedLangevin(q, c.Inputs["n_steps_each"].Integer, e);
        var z = new ListedNoise(c.Inputs["noises_in_order_of_use"].Tensor());
        var x = c.Inputs["x0"].Tensor();
        for (var level = count; level > 0; level--)
        {
            x = sampler.Sample(D, x, new TimeGrid([level + 1, level]), z);
            Close.Equal(c.Expected["after_each_level"].Tensor()[count - level], x, what: $"x after level {level}");
        }

        Close.Equal(c.Expected["final_denoised"], sampler.Sample(D, x, new TimeGrid([1, 0]), z), what: "the denoised image");
        if (c.Inputs.Has("dsm"))
        {
            var dsm = c.Inputs["dsm"];
            Assert.Equal(2, dsm["anneal_power"].Number);
            var t = new Times(Array.ConvertAll(dsm["labels"].Numbers, label => count - label));
            var model = new Model(new ScoreNetwork(c.Inputs["network"].Text, label => q.Sigma(count - label)), new RawScoreOptions().Build(q), q);
            var x0 = tensor(dsm["x_uint8"].Numbers, dsm["x_uint8"].Shape) / 255;
            var loss = new SimpleLoss(new MinSnr(q, double.PositiveInfinity)).PerImage(model, x0, Condition.None, t, dsm["noise"].Tensor());
            Close.Equal(c.Expected["dsm_loss"].Number, loss.mean().item<double>() * (x0.numel() / x0.shape[0]) / 2, what: "loss");
        }

        Denoised D(Tensor at, double time) =>
            new Model(new ScoreNetwork(c.Inputs["network"].Text, label => q.Sigma(count - label)), new RawScoreOptions().Build(q), q)
                .Denoise(at, time, Condition.None);
    }

    private static bool IsVe(ReferenceValue inputs) => inputs["sde"].Text == "ve";

    private static int N(ReferenceValue inputs) => inputs["params"]["N"].Integer;

    private static NoiseSchedule Sde(ReferenceValue inputs)
    {
        double Of(string name) => inputs["params"][name].Number;
        return (NoiseSchedule)(inputs["sde"].Text switch
        {
            "vp" => (ProcessOptions)new VpOptions { BetaMin = Of("beta_min"), BetaMax = Of("beta_max") },
            "subvp" => new SubVpOptions { BetaMin = Of("beta_min"), BetaMax = Of("beta_max") },
            "ve" => new VeOptions { SigmaMin = Of("sigma_min"), SigmaMax = Of("sigma_max") },
            var other => throw new NotSupportedException(other),
        }).Build();
    }

    /// <summary>The chain of N steps whose limit the SDE is.</summary>
    private static NoiseSchedule Chain(ReferenceValue inputs)
    {
        double Of(string name) => inputs["params"][name].Number;
        return (NoiseSchedule)(inputs["sde"].Text switch
        {
            "vp" => (ProcessOptions)new LinearOptions
            {
                Steps = N(inputs), BetaStart = Of("beta_min") / N(inputs), BetaEnd = Of("beta_max") / N(inputs),
            },
            "ve" => new NcsnOptions { Levels = N(inputs), SigmaMin = Of("sigma_min"), SigmaMax = Of("sigma_max") },
            var other => throw new NotSupportedException($"no chain has the limit {other}"),
        }).Build();
    }

    /// <summary>The formula as a noise, or for VE as the score.</summary>
    /// <param name="label">What the network is told, where that is not the process's label.</param>
    private static Model Model(ReferenceValue inputs, NoiseSchedule q, double? label = null) => new(
        new ScoreNetwork(inputs["network"].Text, told: label),
        (IsVe(inputs) ? (ParameterizationOptions)new RawScoreOptions() : new EpsOptions()).Build(q),
        q);

    private static IPredictor Predictor(ReferenceValue inputs, NoiseSchedule q, bool flow) => (inputs["predictor"].Text switch
    {
        "euler_maruyama" => (PredictorOptions)new EulerMaruyamaOptions { ProbabilityFlow = flow },
        "reverse_diffusion" => new ReverseDiffusionOptions { ProbabilityFlow = flow },
        "ancestral_sampling" => new AncestralOptions { Variance = IsVe(inputs) ? Variance.Small : Variance.Large },
        var other => throw new NotSupportedException(other),
    }).Build(q);

    private static ICorrector Corrector(ReferenceValue inputs, NoiseSchedule q, int steps) => (inputs["corrector"].Text switch
    {
        "langevin" => (CorrectorOptions)new LangevinOptions { Snr = inputs["snr"].Number, Steps = steps, Norms = Norms.Batch },
        "ald" => new AnnealedLangevinCorrectorOptions { Snr = inputs["snr"].Number, Steps = steps },
        "none" => new NoCorrectorOptions(),
        var other => throw new NotSupportedException(other),
    }).Build(q);

    [GeneratedRegex(@"atol = ([\d.e-]+) from t=([\d.e-]+) to ([\d.e-]+)")]
    private static partial Regex Solver();

    /// <summary>A formula of x and of the label, under any of its published names; a remark in parentheses may follow it.</summary>
    private sealed partial class ScoreNetwork(string definition, Func<double, double>? sigmaOf = null, double? told = null) : Network("score")
    {
        public override string ConfigJson => "{}";

        public override bool IsDiffusers => false;

        public override Tensor forward(Tensor x, Tensor noise, Condition given)
        {
            var label = told is { } fixedLabel ? full_like(noise, fixedLabel) : noise;
            var variables = new Dictionary<string, Tensor> { ["x"] = x, ["label"] = label, ["sigma"] = label };
            if (sigmaOf is not null)
            {
                variables["sigma_i"] = tensor(Array.ConvertAll(Close.Values(label), sigma => sigmaOf(sigma)));
            }

            foreach (var name in variables.Keys.Where(name => name != "x").ToList())
            {
                variables[name] = variables[name].reshape(-1, 1, 1, 1);
            }

            return Formula.Evaluate(Remark().Replace(definition, ""), variables);
        }

        [GeneratedRegex(@"\s\([^()]*score[^()]*\)$")]
        private static partial Regex Remark();
    }

    private sealed class RoundedLevels(double[] fromTheNoisiest) : NoiseSchedule
    {
        public override int? Steps => fromTheNoisiest.Length;

        public override double Horizon => fromTheNoisiest.Length;

        public override double Alpha(double t) => 1;

        public override double Sigma(double t) => t == 0 ? 0 : fromTheNoisiest[fromTheNoisiest.Length - (int)t];

        public override double AlphaRate(double t) => 0;

        public override double SigmaRate(double t) => throw new NotSupportedException("levels of a chain");

        public override double Label(double t) => fromTheNoisiest.Length - t;
    }
}
