using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Support;

/// <summary>What the published implementations call processes and predictions, said in ours.</summary>
internal static class Published
{
    /// <summary>The process that a case's inputs (or a diffusers config) name.</summary>
    public static BetaSchedule Process(ReferenceValue inputs, bool zeroTerminalSnr = false)
    {
        var diffusers = inputs.Has("num_train_timesteps");
        var steps = inputs[diffusers ? "num_train_timesteps" : "T"].Integer;
        var schedule = !diffusers ? inputs["schedule"].Text : inputs.Has("beta_schedule") ? inputs["beta_schedule"].Text : "linear";
        double? start = inputs.Has("beta_start") ? inputs["beta_start"].Number : diffusers ? 1e-4 : null;
        double? end = inputs.Has("beta_end") ? inputs["beta_end"].Number : diffusers ? 0.02 : null;
        BetaScheduleOptions options = schedule switch
        {
            "linear" => new LinearOptions { Steps = steps, BetaStart = start, BetaEnd = end },
            "scaled_linear" or "quad" => new ScaledLinearOptions { Steps = steps, BetaStart = start!.Value, BetaEnd = end!.Value },
            "cosine" or "cosine_ldm" or "squaredcos_cap_v2" => new CosineOptions { Steps = steps },
            "warmup10" or "warmup50" => new WarmupOptions
            {
                Steps = steps, BetaStart = start!.Value, BetaEnd = end!.Value, Share = int.Parse(schedule[6..]) / 100.0,
            },
            "const" => new ConstantOptions { Steps = steps, Beta = end!.Value },
            "jsd" => new HarmonicOptions { Steps = steps },
            "sigmoid" => new SigmoidOptions { Steps = steps, BetaStart = start!.Value, BetaEnd = end!.Value },
            _ => throw new NotSupportedException($"schedule {schedule}"),
        };
        zeroTerminalSnr |= inputs.Has("rescale_betas_zero_snr") && inputs["rescale_betas_zero_snr"].Flag;
        return (BetaSchedule)(options with { ZeroTerminalSnr = zeroTerminalSnr }).Build();
    }

    public static Parameterization Parameterization(string prediction, ForwardProcess process) => (prediction switch
    {
        "EPSILON" or "epsilon" => (ParameterizationOptions)new EpsOptions(),
        "START_X" or "sample" => new CleanOptions(),
        "PREVIOUS_X" => new PosteriorMeanOptions(),
        "v_prediction" => new VelocityOptions(),
        _ => throw new NotSupportedException($"prediction {prediction}"),
    }).Build(process);

    /// <summary>The variance of the reverse step; <see cref="Variance.Learned"/> for both published forms of a learned one.</summary>
    public static Variance ReverseVariance(string kind) => kind switch
    {
        "FIXED_SMALL" or "fixed_small" or "fixed_small_log" => Variance.Small,
        "FIXED_LARGE" or "fixed_large" => Variance.Large,
        "LEARNED" or "LEARNED_RANGE" or "learned_range" => Variance.Learned,
        _ => throw new NotSupportedException($"variance {kind}"),
    };

    /// <summary>
    /// The process of an OpenAI case and the network of its formula. Where the steps are respaced, the process is the shortened chain itself, on
    /// its own clock, whose network is told the steps of the whole one.
    /// </summary>
    public static (BetaSchedule Process, Model Model) Shortened(ReferenceValue inputs)
    {
        var whole = Process(inputs);
        var times = inputs.Has("timesteps") ? Grid(inputs["timesteps"].Integers)
            : inputs.Has("respacing") ? Build(Respaced(inputs["respacing"].Text), whole)
            : null;
        if (times is null)
        {
            return (whole, Model(inputs, whole));
        }

        var up = times.Times.Reverse().ToList();
        var shortened = new BetaSchedule([.. up.Zip(up.Skip(1), (s, t) => whole.Between(s, t).Variance)]);
        return (shortened, Model(inputs, shortened, [.. up.Skip(1).Select(t => t - 1)], whole.Steps));
    }

    /// <summary>The network of an OpenAI case and what its output means.</summary>
    /// <param name="labels">What the network is told at each step, where that is not the step's own number.</param>
    /// <param name="total">T of the clock that labels count on.</param>
    public static Model Model(ReferenceValue inputs, BetaSchedule q, double[]? labels = null, int? total = null)
    {
        var rescaled = inputs.Has("rescale_timesteps") && inputs["rescale_timesteps"].Flag;
        Network network = new FormulaNetwork(inputs["model"].Text, rescaled ? 1000.0 / (total ?? q.Steps!.Value) : 1, labels: labels);
        if (inputs.Has("model_var_type") && inputs["model_var_type"].Text == "LEARNED")
        {
            network = new LogVarianceNetwork(network, q);
        }

        return new Model(network, Parameterization(inputs.Has("model_mean_type") ? inputs["model_mean_type"].Text : "EPSILON", q), q);
    }

    /// <summary>OpenAI's "timestep_respacing": "250", "10,15,20" or "ddim50".</summary>
    public static (TimeGridOptions Options, int Steps) Respaced(string spec)
    {
        if (spec.StartsWith("ddim"))
        {
            return (new DdimStridedOptions(), int.Parse(spec[4..]));
        }

        var sections = spec.Split(',').Select(int.Parse).ToList();
        return (new StridedOptions { Sections = sections.Count > 1 ? sections : [] }, sections.Sum());
    }

    private static TimeGrid Build((TimeGridOptions Options, int Steps) spec, BetaSchedule q) => spec.Options.Build(q, spec.Steps);

    /// <summary>The clamp of a diffusers config around a denoiser.</summary>
    public static IDenoiser Threshold(ReferenceValue config, IDenoiser model)
    {
        double Number(string key, double missing) => config.Has(key) ? config[key].Number : missing;
        return config.Has("thresholding") && config["thresholding"].Flag
            ? new DynamicThreshold(model, Number("dynamic_thresholding_ratio", 0.995), Number("sample_max_value", 1))
            : !config.Has("clip_sample") || config["clip_sample"].Flag ? new Clamped(model, Number("clip_sample_range", 1))
            : model;
    }

    /// <summary>The grid that visits the listed steps, counted from 0 as published, and ends at <paramref name="end"/>.</summary>
    public static TimeGrid Grid(IEnumerable<int> steps, double end = 0) => new([.. steps.OrderDescending().Select(step => step + 1.0), end]);

    /// <summary>Grids of a single step each, that together are the grid.</summary>
    public static IEnumerable<TimeGrid> OneByOne(this TimeGrid grid) =>
        Enumerable.Range(0, grid.Steps).Select(i => new TimeGrid([grid.Times[i], grid.Times[i + 1]]));
}
