using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class SolversReference
{
    [Theory, ReferenceCases("solvers")]
    public void Schedulers_of_diffusers_are_ours(string name)
    {
        var c = Reference.Case("solvers", name);
        using var scope = NewDisposeScope();
        if (c.Expected.Has("betas"))
        {
            ZeroTerminalSnr(c);
            return;
        }

        Tables(c);
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            if (c.Inputs.Has("step_arguments") && c.Inputs["step_arguments"].Has("s_churn"))
            {
                Churned(c, type);
            }
            else
            {
                Follow(c, type);
            }
        }
    }

    [Theory, ReferenceCases("unclip", "UnCLIP*")]
    public void The_scheduler_of_unCLIP_is_ours(string name)
    {
        var c = Reference.Case("unclip", name);
        using var scope = NewDisposeScope();
        Tables(c);
        Follow(c, ScalarType.Float64);
        Follow(c, ScalarType.Float32);
    }

    private static void ZeroTerminalSnr(ReferenceCase c)
    {
        var before = Published.Process(c.Inputs);
        var after = Published.Process(c.Inputs, zeroTerminalSnr: true);
        foreach (var (q, suffix) in new[] { (before, "_before"), (after, "") })
        {
            var indices = c.Inputs["indices"].Integers;
            Close.Equal(c.Expected["betas" + suffix].Numbers, [.. indices.Select(i => q.Between(i, i + 1).Variance)], what: "betas");
            Close.Equal(c.Expected["alphas_cumprod" + suffix].Numbers, [.. indices.Select(i => Math.Pow(q.Alpha(i + 1), 2))], what: "abar");
        }

        var all = Enumerable.Range(0, after.Steps!.Value).ToList();
        Close.Equal(c.Expected["sum_over_all"]["betas"].Number, all.Sum(i => after.Between(i, i + 1).Variance), what: "sum of betas");
        Close.Equal(c.Expected["sum_over_all"]["alphas_cumprod"].Number, all.Sum(i => Math.Pow(after.Alpha(i + 1), 2)), what: "sum of abar");
    }

    /// <summary>What the case lists of the process at the times that are visited.</summary>
    private static void Tables(ReferenceCase c)
    {
        var (q, _, grid, _) = PublishedSolver.Of(c.Inputs);
        void Equal(string key, IEnumerable<double> times, Func<double, double> f)
        {
            if (c.Expected.Has(key))
            {
                var expected = c.Expected[key];
                Close.Equal(
                    expected.Json.ValueKind == System.Text.Json.JsonValueKind.Array ? [.. expected.Numbers.Distinct()] : [expected.Number],
                    [.. times.Select(f)], what: key);
            }
        }

        var visited = c.Inputs["timesteps"].Numbers.Select(label => label + 1).ToList();
        Equal("lambdas_at_timesteps", visited, t => q.LogSnr(t) / 2);
        Equal("alphas_at_timesteps", visited, q.Alpha);
        Equal("sigmas_at_timesteps", visited, q.Sigma);
        Equal("lambda_at_0", [1], t => q.LogSnr(t) / 2);
        Equal("alpha_at_0", [1], q.Alpha);
        Equal("sigma_at_0", [1], q.Sigma);
        Equal("alphas_cumprod_at_timesteps", visited.Distinct(), t => Math.Pow(q.Alpha(t), 2));
        Equal("sigmas", grid.Times, t => q.Sigma(t) / q.Alpha(t));
        if (c.Expected.Has("karras_sigmas"))
        {
            var karras = new KarrasOptions { SigmaMin = q.Sigma(1) / q.Alpha(1) }.Build(q, c.Inputs["num_inference_steps"].Integer);
            Equal("karras_sigmas", karras.Times.SkipLast(1).Reverse(), t => q.Sigma(t) / q.Alpha(t));
        }
    }

    /// <summary>The sample after an evaluation is what the denoiser is asked about next, the last one the result.</summary>
    private static void Follow(ReferenceCase c, ScalarType type)
    {
        var (q, sampler, grid, onRatio) = PublishedSolver.Of(c.Inputs);
        var denoiser = Denoiser(c.Inputs, q);
        var asked = new List<(double T, double[] X, double[] X0)>();
        Denoised D(Tensor x, double t)
        {
            var d = denoiser(x, t);
            asked.Add((t, Close.Values(onRatio ? x / q.Alpha(t) : x), Close.Values(d.X0)));
            return d;
        }

        var noises = c.Inputs.Has("noises_in_order_of_use") ? Maps(c.Inputs["noises_in_order_of_use"].Tensor(type), 5) : null;
        var start = onRatio ? c.Expected["init_noise_sigma"].Number * q.Alpha(grid.Times[0]) : 1;
        var last = sampler.Sample(D, start * Maps(c.Inputs["x_T"].Tensor(type), 4), grid, noises is null ? new ListedNoise([]) : new ListedNoise(noises));
        if (c.Inputs["scheduler"].Text == "DDPMScheduler" && c.Inputs["timesteps"].Integers[^1] > 0)
        {
            last += NoiseOnCleanData(q, denoiser(tensor(asked[^1].X, last.shape, type), asked[^1].T).V!, asked[^1].T, noises![^1]);
        }

        Close.Equal(c.Inputs["timesteps"].Numbers, [.. asked.Select(visit => q.Label(visit.T))], floor: 1e-9, what: "timesteps");
        var samples = asked.Skip(1).Select(visit => visit.X).Append(Close.Values(last));
        Equal(c, "samples_after_each_step", samples, type);
        Equal(c, "pred_original_sample_after_each_step", asked.Select(visit => visit.X0), type);
        Equal(c, "final_pred_original_sample", [asked[^1].X0], type);
    }

    /// <summary>
    /// Euler with churn: noise carries x from r = sigma / alpha up to r (1 + gamma), and DDIM from there down. The published scheduler asks the
    /// network before it adds the noise, so that the eps of the step is that of x without it.
    /// </summary>
    private static void Churned(ReferenceCase c, ScalarType type)
    {
        var (q, sampler, grid, _) = PublishedSolver.Of(c.Inputs);
        var denoiser = Denoiser(c.Inputs, q);
        var (churn, noise) = (c.Inputs["step_arguments"], new ListedNoise(c.Inputs["noises_in_order_of_use"].Tensor(type)));
        var x = c.Expected["init_noise_sigma"].Number * q.Alpha(grid.Times[0]) * c.Inputs["x_T"].Tensor(type);
        var samples = new List<double[]>();
        for (var i = 0; i < grid.Steps; i++)
        {
            var (t, s) = (grid.Times[i], grid.Times[i + 1]);
            var r = q.Sigma(t) / q.Alpha(t);
            var inside = churn["s_tmin"].Number <= r && r <= churn["s_tmax"].Number;
            var gamma = inside ? Math.Min(churn["s_churn"].Number / grid.Steps, Math.Sqrt(2) - 1) : 0;
            var (z, eps) = (churn["s_noise"].Number * noise.Normal(x), q.Eps(x, denoiser(x, t).X0, t));
            var raised = gamma > 0 ? q.TimeOf(-2 * Math.Log(r * (1 + gamma))) : t;
            var up = raised > t ? q.Between(t, raised) : new Transition(1, 0);
            Denoised OfEps(Tensor noisy, double time) => new((noisy - q.Sigma(time) * eps) / q.Alpha(time));
            x = sampler.Sample(OfEps, up.Scale * x + Math.Sqrt(up.Variance) * z, new([raised, s]), noise);
            samples.Add(Close.Values(x / q.Alpha(s)));
        }

        Equal(c, "samples_after_each_step", samples, type);
    }

    /// <summary>
    /// With a learned variance the published last step adds noise if its step is not 0: beta-tilde is 0 there and stands in as 1e-20.
    /// </summary>
    private static Tensor NoiseOnCleanData(NoiseSchedule q, Tensor v, double t, Tensor z)
    {
        var f = (v + 1) / 2;
        return exp(0.5 * (f * Math.Log(q.Between(0, t).Variance) + (1 - f) * Math.Log(1e-20))) * z;
    }

    /// <summary>Vectors as maps of one pixel, in so many dimensions.</summary>
    private static Tensor Maps(Tensor x, int dimensions) => x.dim() == dimensions ? x : x.unsqueeze(-1).unsqueeze(-1);

    private static Denoiser Denoiser(ReferenceValue inputs, NoiseSchedule q)
    {
        var config = inputs["config"];
        var prediction = Published.Parameterization(config.Has("prediction_type") ? config["prediction_type"].Text : "epsilon", q);
        var model = new Precise(new FormulaNetwork(inputs["model"].Text), prediction, q);
        IDenoiser denoiser = config.Has("thresholding") && config["thresholding"].Flag
            ? new DynamicThreshold(model, config["dynamic_thresholding_ratio"].Number, config["sample_max_value"].Number)
            : config.Has("clip_sample") && config["clip_sample"].Flag
                ? new Clamped(model, config.Has("clip_sample_range") ? config["clip_sample_range"].Number : 1)
                : model;
        return denoiser.Given(Condition.None);
    }

    /// <summary>A model whose network is told the time in double precision: steps in between are no float32.</summary>
    private sealed class Precise(FormulaNetwork network, Parameterization prediction, NoiseSchedule q) : IDenoiser
    {
        public Denoised Denoise(Tensor x, double t, Condition given)
        {
            var (c, channels) = (prediction.At(t), x.shape[1]);
            var output = network.forward(c.In * x, tensor(new[] { c.Noise }), given);
            var v = output.shape[1] > channels ? output.narrow(1, channels, channels) : null;
            return new Model(network, prediction, q).Clean(new(output.narrow(1, 0, channels), v), x, Times.All(t, x.shape[0]));
        }
    }

    private static void Equal(ReferenceCase c, string key, IEnumerable<double[]> actual, ScalarType type)
    {
        if (!c.Expected.Has(key))
        {
            return;
        }

        var exact = type == ScalarType.Float64;
        Close.Equal(
            c.Expected[key].Numbers, [.. actual.SelectMany(values => values)],
            exact ? Close.Double : Close.Trajectory, exact ? Close.Floor : Close.Trajectory, $"{key} in {type}");
        if (!exact && key == "samples_after_each_step")
        {
            Close.Equal(c.Float32["final_sample"].Numbers, actual.Last(), Close.Trajectory, Close.Trajectory, "final_sample as published");
        }
    }
}
