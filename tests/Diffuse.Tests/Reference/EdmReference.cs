using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

/// <summary>
/// EDM's code sees every process as x0 + sigma eps: its x is our x_t / alpha, its sigma our r = sigma/alpha. What it calls VP, VE and iDDPM are the
/// eps parameterization on the processes of those names.
/// </summary>
public sealed class EdmReference
{
    [Theory, ReferenceCases("edm")]
    public void Preconditioning_grids_samplers_and_losses_agree(string name)
    {
        var c = Reference.Case("edm", name);
        using var scope = NewDisposeScope();
        if (c.Inputs.Has("preconditioning"))
        {
            Preconditioning(c, ScalarType.Float64);
            Preconditioning(c, ScalarType.Float32);
        }
        else if (c.Inputs.Has("loss"))
        {
            Loss(c);
        }
        else if (c.Inputs.Has("solver"))
        {
            General(c);
        }
        else if (c.Inputs.Has("latents"))
        {
            Sampler(c);
        }
        else if (c.Expected.Has("sigmas"))
        {
            Grid(c);
        }
        else
        {
            Assert.Fail("a case of an unknown kind: it expects " + string.Join(", ", c.Expected.Names));
        }
    }

    private static void Preconditioning(ReferenceCase c, ScalarType type)
    {
        var kind = c.Inputs["preconditioning"].Text;
        var p = c.Inputs["params"];
        NoiseSchedule q = kind switch
        {
            "EDMPrecond" => Edm(),
            "VPPrecond" => ScaledNoise.Vp(Or(p, "beta_d", 19.9), Or(p, "beta_min", 0.1), labels: Or(p, "M", 1000) - 1),
            "VEPrecond" => ScaledNoise.Ve(),
            "iDDPMPrecond" => Chain(p),
            _ => throw new NotSupportedException(kind),
        };
        var ours = kind == "EDMPrecond" ? Karras(q, p) : new EpsOptions().Build(q);
        var x = c.Inputs["x"].Tensor(type);
        var expected = c.Expected["D"].Tensor();
        var sign = kind == "VEPrecond" ? -1 : 1; // its network predicts sigma times the score, which is -eps
        foreach (var (r, i) in c.Inputs["sigma"].Numbers.Select((r, i) => (r, i)))
        {
            var t = At(q, r);
            var at = ours.At(t) with { Noise = ours.At(Nearest(q, r)).Noise };
            var (alpha, noisy) = (q.Alpha(t), q.Alpha(t) * x.Image(i));
            var f = sign * Formula.Evaluate(c.Inputs["network"].Text, new Dictionary<string, Tensor> { ["x"] = at.In * noisy, ["c_noise"] = tensor(at.Noise, type) });
            var (relative, floor) = type == ScalarType.Float64 ? (Close.Double, Close.Floor) : (Close.Float, Close.Float * Math.Max(r, 1));
            Close.Equal(expected.Image(i), at.Skip * noisy + at.Out * f, relative, floor, $"D at sigma {r}");
            Close.Equal(c.Expected["c_skip"].Numbers[i], at.Skip * alpha, what: "c_skip");
            Close.Equal(c.Expected["c_out"].Numbers[i], sign * at.Out, what: "c_out");
            Close.Equal(c.Expected["c_in"].Numbers[i], at.In * alpha, what: "c_in");
            Close.Equal(c.Expected["c_noise"].Numbers[i], at.Noise, what: "c_noise");
        }
    }

    private static void Grid(ReferenceCase c)
    {
        var grid = KarrasGrid(c.Inputs, Edm());
        Close.Equal(c.Expected["sigmas"].Numbers, grid.Times);
        if (c.Expected.Has("network_calls"))
        {
            Assert.Equal(c.Expected["network_calls"].Integer, new Edm(Edm()).Evaluations(grid));
        }
    }

    private static void Sampler(ReferenceCase c)
    {
        var q = Edm();
        var sampler = new EdmOptions
        {
            SChurn = c.Inputs["S_churn"].Number,
            SMin = c.Inputs["S_min"].Number,
            SMax = double.IsFinite(c.Inputs["S_max"].Number) ? c.Inputs["S_max"].Number : null,
            SNoise = c.Inputs["S_noise"].Number,
        };
        Follow(c, sampler.Build(q), q, KarrasGrid(c.Inputs, q));
    }

    /// <summary>The general sampler: a solver on the clock of some process, whose noise levels are those of some grid, the same one or another.</summary>
    private static void General(ReferenceCase c)
    {
        var p = c.Inputs;
        var (first, step) = (Or(p, "epsilon_s", 1e-3), Or(p, "num_steps", 18));
        var original = ScaledNoise.Vp(19.9, 0.1);
        var (min, max) = p["discretization"].Text switch
        {
            "vp" => (Level(original, first), Level(original, 1)),
            "ve" => (0.02, 100),
            "iddpm" => (0.002, 81),
            "edm" => (0.002, 80.0),
            var other => throw new NotSupportedException(other),
        };
        (min, max) = (Or(p, "sigma_min", min), Or(p, "sigma_max", max));
        var betaD = 2 * (Math.Log(min * min + 1) / first - Math.Log(max * max + 1)) / (first - 1);
        var betaMin = Math.Log(max * max + 1) - 0.5 * betaD;
        var shares = Enumerable.Range(0, (int)step).Select(i => i / (step - 1));
        var levels = p["discretization"].Text switch
        {
            "vp" => shares.Select(u => Level(ScaledNoise.Vp(betaD, betaMin), 1 + u * (first - 1))),
            "ve" => shares.Select(u => max * Math.Pow(min / max, u)),
            "iddpm" => Published(c, Chosen(shares, [.. Levels(Chain(p)).Where(r => r >= min && r <= max)])),
            _ => KarrasGrid(p, Edm(), min, max).Times.SkipLast(1),
        };
        var preserving = p["scaling"].Text == "vp";
        var q = p["schedule"].Text switch
        {
            "vp" => ScaledNoise.Vp(betaD, betaMin, preserving),
            "ve" => ScaledNoise.Ve(preserving),
            "linear" => ScaledNoise.Linear(preserving),
            var other => throw new NotSupportedException(other),
        };
        StepSampler solver = p["solver"].Text switch
        {
            "euler" => new Euler(q),
            "heun" => new Heun(q),
            var other => throw new NotSupportedException(other),
        };
        var sampler = Or(p, "S_churn", 0) > 0
            ? new Churn(q, solver, p["S_churn"].Number, Or(p, "S_min", 0), Or(p, "S_max", double.PositiveInfinity), Or(p, "S_noise", 1))
            : (ISampler)solver;
        Follow(c, sampler, q, new TimeGrid([.. levels.Select(r => At(q, r)), 0]));
    }

    /// <summary>Runs the grid; compares what the denoiser was asked, and the image.</summary>
    private static void Follow(ReferenceCase c, ISampler sampler, NoiseSchedule q, TimeGrid grid)
    {
        List<double> levels = [], norms = [];
        List<double[]> asked = [];
        Denoised D(Tensor x, double t)
        {
            var (y, r) = (x / q.Alpha(t), Level(q, t));
            levels.Add(r);
            asked.Add(Close.Values(y));
            norms.Add(Math.Sqrt(asked[^1].Sum(value => value * value)));
            return new(Denoise(c.Inputs["denoiser"].Text, y, r));
        }

        var x = c.Inputs["latents"].Tensor() * q.Sigma(grid.Times[0]);
        var sample = sampler.Sample(D, x, grid, Noise(c, q, grid));
        Close.Equal(c.Expected["network_call_sigmas"].Numbers, levels, what: "noise levels");
        Assert.Equal(levels.Count, sampler.Evaluations(grid));
        if (c.Expected.Has("network_call_x_l2"))
        {
            Close.Equal(c.Expected["network_call_x_l2"].Numbers, norms, what: "norms of x");
        }

        if (c.Expected.Has("x_at_network_calls_2_and_3"))
        {
            Close.Equal(c.Expected["x_at_network_calls_2_and_3"][0].Numbers, asked[1], what: "x at call 2");
            Close.Equal(c.Expected["x_at_network_calls_2_and_3"][1].Numbers, asked[2], what: "x at call 3");
        }

        Close.Equal(c.Expected["sample"], sample, what: "sample");
    }

    /// <summary>The published code draws at every step; ours where it adds noise.</summary>
    private static ListedNoise Noise(ReferenceCase c, NoiseSchedule q, TimeGrid grid)
    {
        if (!c.Inputs.Has("noises_in_order_of_use"))
        {
            return new([]);
        }

        var all = c.Inputs["noises_in_order_of_use"].Tensor();
        var (min, max) = (Or(c.Inputs, "S_min", 0), Or(c.Inputs, "S_max", double.PositiveInfinity));
        return new([.. Enumerable.Range(0, grid.Steps).Where(i => Level(q, grid.Times[i]) >= min && Level(q, grid.Times[i]) <= max).Select(i => all[i])]);
    }

    private static void Loss(ReferenceCase c)
    {
        var p = c.Inputs["params"];
        var kind = c.Inputs["loss"].Text;
        NoiseSchedule q = kind switch
        {
            "EDMLoss" => Edm(),
            "VPLoss" => ScaledNoise.Vp(Or(p, "beta_d", 19.9), Or(p, "beta_min", 0.1)),
            "VELoss" => (NoiseSchedule)new EdmScheduleOptions { SigmaMin = Or(p, "sigma_min", 0.02), SigmaMax = Or(p, "sigma_max", 100) }.Build(),
            _ => throw new NotSupportedException(kind),
        };
        var normal = new LogNormalTimesOptions { Mean = Or(p, "P_mean", -1.2), Std = Or(p, "P_std", 1.2) };
        Func<double, double> timeOf = kind switch
        {
            "EDMLoss" => ((NormalTimes)normal.Build(q)).Of,
            "VPLoss" => u => 1 + u * (Or(p, "epsilon_t", 1e-5) - 1),
            _ => q.TimeAt,
        };
        var parameterization = kind == "EDMLoss" ? Karras(q, p) : new EpsOptions().Build(q);
        var times = c.Inputs["random_per_image"].Numbers.Select(timeOf).ToList();
        Close.Equal(c.Expected["sigma"].Numbers, [.. times.Select(t => Level(q, t))], what: "sigma");
        Close.Equal(c.Expected["weight"].Numbers, [.. times.Select(t => Math.Pow(parameterization.At(t).Out, -2))], what: "weight");

        var network = new ExactNetwork((x, t) => Denoise(c.Inputs["denoiser"].Text, x / q.Alpha(t), Level(q, t)), parameterization, times);
        var model = new Model(network, parameterization, q);
        var (x0, eps) = (c.Inputs["x_uint8"].Scaled(), c.Inputs["noise"].Tensor());
        var losses = cat([.. times.Select((t, i) => new SimpleLoss().PerImage(model, x0.Image(i), Condition.None, Times.All(t, 1), eps.Image(i)))]);
        Close.Equal(c.Expected["loss_mean_per_image"].Numbers, losses, what: "loss");
        Close.Equal(c.Expected["loss_sum_over_batch"].Number, losses.sum().item<double>() * x0[0].numel(), what: "sum");
    }

    private static Tensor Denoise(string formula, Tensor x, double sigma) =>
        Formula.Evaluate(formula, new Dictionary<string, Tensor> { ["x"] = x, ["sigma"] = tensor(sigma, x.dtype) });

    /// <summary>EDM's process without an end that would stop the churn.</summary>
    private static NoiseSchedule Edm() => (NoiseSchedule)new EdmScheduleOptions { SigmaMax = 1e6 }.Build();

    private static Parameterization Karras(NoiseSchedule q, ReferenceValue p) => new KarrasPreconditioningOptions { SigmaData = Or(p, "sigma_data", 0.5) }.Build(q);

    private static TimeGrid KarrasGrid(ReferenceValue p, NoiseSchedule q, double min = 0.002, double max = 80) => new KarrasOptions
    {
        Rho = Or(p, "rho", 7), SigmaMin = Or(p, "sigma_min", min), SigmaMax = Or(p, "sigma_max", max),
    }.Build(q, p["num_steps"].Integer);

    /// <summary>Improved DDPM's chain: the cosine schedule of M steps with offset C_2, its betas clipped at 1 - C_1.</summary>
    private static BetaSchedule Chain(ReferenceValue p)
    {
        var (steps, clip, offset) = ((int)Or(p, "M", 1000), Or(p, "C_1", 0.001), Or(p, "C_2", 0.008));
        double Abar(int t) => Math.Pow(Math.Cos((t + offset * steps) / (steps + offset * steps) * Math.PI / 2), 2);
        return new([.. Enumerable.Range(1, steps).Select(t => 1 - Math.Max(Abar(t) / Abar(t - 1), clip))]);
    }

    /// <summary>The noise levels of a chain, T first, clean data left out.</summary>
    private static IEnumerable<double> Levels(BetaSchedule q) => Enumerable.Range(1, q.Steps!.Value).Reverse().Select(t => Level(q, t));

    private static IEnumerable<double> Chosen(IEnumerable<double> shares, List<double> levels) =>
        shares.Select(u => levels[(int)Math.Round((levels.Count - 1) * u)]);

    /// <summary>The levels that the published run had: its table is made of sines in float32, so the low ones are off by some 1e-3.</summary>
    private static IEnumerable<double> Published(ReferenceCase c, IEnumerable<double> exact)
    {
        var asked = c.Expected["network_call_sigmas"].Numbers;
        var levels = c.Inputs["solver"].Text == "euler" ? asked : [.. asked.Where((_, i) => i % 2 == 0)];
        Close.Equal([.. exact], levels, 2e-3, what: "the chain's noise levels");
        return levels;
    }

    /// <summary>The time that the network is told: in a chain that of the nearest noise level.</summary>
    private static double Nearest(NoiseSchedule q, double r) =>
        q.Steps is { } steps ? Enumerable.Range(1, steps).MinBy(t => Math.Abs(Level(q, t) - r)) : At(q, r);

    private static double Level(NoiseSchedule q, double t) => q.Sigma(t) / q.Alpha(t);

    private static double At(NoiseSchedule q, double r) => q.TimeOf(-2 * Math.Log(r));

    private static double Or(ReferenceValue inputs, string name, double other) => inputs.Has(name) ? inputs[name].Number : other;
}
