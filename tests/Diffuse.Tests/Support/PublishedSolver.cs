using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Support;

/// <summary>What a scheduler of diffusers does, said in ours.</summary>
/// <param name="OnRatio">Whether its samples are x / alpha.</param>
internal sealed record PublishedSolver(NoiseSchedule Q, ISampler Sampler, TimeGrid Grid, bool OnRatio)
{
    public static PublishedSolver Of(ReferenceValue inputs)
    {
        var q = Published.Process(inputs["config"]);
        return inputs["scheduler"].Text switch
        {
            "DPMSolverMultistepScheduler" => new(q, Dpm(inputs).Build(q), OnSteps(inputs, q), false),
            "UniPCMultistepScheduler" => new(q, UniPC(inputs["config"]).Build(q), OnSteps(inputs, q), false),
            "EulerDiscreteScheduler" => OnRatios(inputs, q, new DdimOptions()),
            "EulerAncestralDiscreteScheduler" => OnRatios(inputs, q, new EulerAncestralOptions()),
            "HeunDiscreteScheduler" => OnRatios(inputs, q, Every.Default<SamplerOptions>("edm")),
            "KDPM2DiscreteScheduler" => OnRatios(inputs, q, new Kdpm2Options()),
            "LMSDiscreteScheduler" => OnRatios(inputs, q, new LmsOptions()),
            "PNDMScheduler" => new(q, Pndm(inputs["config"]).Build(q), Strides(inputs, q), false),
            "DDPMScheduler" or "UnCLIPScheduler" => new(q, new Ddpm(q, Published.ReverseVariance(inputs["config"]["variance_type"].Text)), Listed(inputs, 0), false),
            "DDIMScheduler" => new(q, new Ddim(q, inputs["step_arguments"]["eta"].Number, recomputeNoise: false), Listed(inputs, 0), false),
            var other => throw new NotSupportedException($"scheduler {other}"),
        };
    }

    private static DpmSolverOptions Dpm(ReferenceValue inputs)
    {
        var config = inputs["config"];
        return new()
        {
            Algorithm = config.Has("algorithm_type") ? config["algorithm_type"].Text : "dpmsolver++",
            Order = config["solver_order"].Integer,
            Type = config.Has("solver_type") ? Enum.Parse<Quadrature>(config["solver_type"].Text, ignoreCase: true) : Quadrature.Midpoint,
            LowerOrderFinal = config.Has("lower_order_final") && !config["lower_order_final"].Flag ? false : null,
        };
    }

    private static UniPCOptions UniPC(ReferenceValue config) => new()
    {
        Order = config["solver_order"].Integer,
        Type = Enum.Parse<Scaling>(config["solver_type"].Text, ignoreCase: true),
        PredictX0 = !config.Has("predict_x0") || config["predict_x0"].Flag,
        DisableCorrector = config.Has("disable_corrector") ? config["disable_corrector"].Integers : [],
        LowerOrderFinal = !config.Has("lower_order_final") || config["lower_order_final"].Flag,
    };

    private static PndmOptions Pndm(ReferenceValue config) => new()
    {
        RungeKutta = !Flag(config, "skip_prk_steps"),
        MeanOfV = config.Has("prediction_type") && config["prediction_type"].Text == "v_prediction",
    };

    /// <summary>The grids of DPM-Solver and UniPC end at step 0, our time 1. Where no grid of ours says the same, the listed steps do.</summary>
    private static TimeGrid OnSteps(ReferenceValue inputs, NoiseSchedule q)
    {
        var (config, n) = (inputs["config"], inputs["num_inference_steps"].Integer);
        if (config.Has("lambda_min_clipped") || inputs["timesteps"].Integers.Length != n)
        {
            return Listed(inputs, 1);
        }

        if (Flag(config, "use_karras_sigmas"))
        {
            var karras = new KarrasOptions { SigmaMin = q.Sigma(1) / q.Alpha(1), Round = true }.Build(q, n);
            return new([.. karras.Times.SkipLast(1), 1]); // published, the walk stands at 1 in the end
        }

        return Spacing(config) switch
        {
            "linspace" => new LinspaceOptions { End = 1 }.Build(q, n),
            "trailing" => new TrailingOptions { End = 1 }.Build(q, n),
            _ => Listed(inputs, 1),
        };
    }

    /// <summary>
    /// Grids of sigma / alpha that end at 0. Between two steps sigma is on a line; Karras' levels say the step as if log sigma were.
    /// </summary>
    private static PublishedSolver OnRatios(ReferenceValue inputs, BetaSchedule q, SamplerOptions sampler)
    {
        var (config, n, total) = (inputs["config"], inputs["num_inference_steps"].Integer, q.Steps!.Value);
        double Ratio(double t) => q.Sigma(t) / q.Alpha(t);
        double OnLine(double label)
        {
            var below = Math.Min(Math.Floor(label), total - 2);
            return Ratio(below + 1) + (label - below) * (Ratio(below + 2) - Ratio(below + 1));
        }

        var steps = Spacing(config) switch
        {
            "linspace" => new LinspaceOptions { Round = false }.Build(q, n),
            "leading" => new LeadingOptions { Offset = config.Has("steps_offset") ? config["steps_offset"].Integer : 0 }.Build(q, n),
            _ => new TrailingOptions().Build(q, n),
        };
        var labels = steps.Times.SkipLast(1).Select(t => t - 1).ToList();
        if (Flag(config, "use_karras_sigmas"))
        {
            var karras = new KarrasOptions { SigmaMin = OnLine(labels[^1]), SigmaMax = OnLine(labels[0]) }.Build(q, n);
            return new(q, sampler.Build(q), karras, true);
        }

        var times = labels.Select(label => q.TimeOf(-2 * Math.Log(OnLine(label)))).ToList();
        var relabelled = new Relabelled(q, times.Zip(labels).ToDictionary(pair => pair.First, pair => pair.Second));
        return new(relabelled, sampler.Build(relabelled), new([.. times, 0]), true);
    }

    /// <summary>PNDM's leading grid. With <c>set_alpha_to_one: false</c> it ends at step 0, where it may be already.</summary>
    private static TimeGrid Strides(ReferenceValue inputs, BetaSchedule q)
    {
        var (config, n) = (inputs["config"], inputs["num_inference_steps"].Integer);
        var leading = new LeadingOptions { Offset = config.Has("steps_offset") ? config["steps_offset"].Integer : 0 }.Build(q, n);
        return new([.. leading.Times.SkipLast(1), Flag(config, "set_alpha_to_one") ? 0 : 1]);
    }

    private static TimeGrid Listed(ReferenceValue inputs, double end) => new([.. inputs["timesteps"].Integers.Select(step => step + 1.0), end]);

    private static string Spacing(ReferenceValue config) => config.Has("timestep_spacing") ? config["timestep_spacing"].Text : "linspace";

    private static bool Flag(ReferenceValue config, string key) => config.Has(key) && config[key].Flag;
}
