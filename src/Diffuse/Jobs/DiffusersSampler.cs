using System.Text.Json.Nodes;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Jobs;

/// <summary>The sampler and the grid that a scheduler of diffusers stands for; keys that a file lacks have diffusers' defaults.</summary>
/// <param name="file">Its name in error texts.</param>
internal sealed class DiffusersSampler(string file, JsonObject json, NoiseSchedule process)
{
    private readonly string scheduler = json["_class_name"]?.ToString() ?? "nothing";

    /// <exception cref="ConfigException">A class, key or value that has no counterpart here, by name.</exception>
    public SamplingOptions Read()
    {
        RefuseFlags("use_exponential_sigmas", "use_beta_sigmas", "use_flow_sigmas", "use_lu_lambdas");
        Refuse("lambda_min_clipped", "\"-Infinity\"");
        Refuse("solver_p", "null");
        Refuse("interpolation_type", "\"linear\"");
        return new SamplingOptions { Sampler = Sampler(), Grid = Grid(), Threshold = Threshold(), Steps = 50 };
    }

    private SamplerOptions Sampler() => scheduler switch
    {
        "DDIMScheduler" => new DdimOptions { RecomputeNoise = false },
        "DDPMScheduler" => new DdpmOptions { Variance = OneOf("variance_type", "fixed_small", Variances) },
        "DPMSolverMultistepScheduler" => new DpmSolverOptions
        {
            Algorithm = OneOf("algorithm_type", "dpmsolver++", Same("dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver")),
            Order = json["solver_order"]?.GetValue<int>() ?? 2,
            Type = OneOf<Quadrature>("solver_type", "midpoint", new() { ["midpoint"] = Quadrature.Midpoint, ["heun"] = Quadrature.Heun }),
            LowerOrderFinal = Flag("lower_order_final", true) ? null : false,
        },
        "UniPCMultistepScheduler" => new UniPCOptions
        {
            Order = json["solver_order"]?.GetValue<int>() ?? 2,
            Type = OneOf<Scaling>("solver_type", "bh2", new() { ["bh1"] = Scaling.Bh1, ["bh2"] = Scaling.Bh2 }),
            PredictX0 = Flag("predict_x0", true),
            DisableCorrector = [.. json["disable_corrector"]?.AsArray().Select(step => step!.GetValue<int>()) ?? []],
            LowerOrderFinal = Flag("lower_order_final", true),
        },
        "PNDMScheduler" => new PndmOptions
        {
            RungeKutta = !Flag("skip_prk_steps", false),
            MeanOfV = json["prediction_type"]?.ToString() == "v_prediction",
        },
        "EulerDiscreteScheduler" => new DdimOptions(), // which is Euler's method on sigma / alpha
        "HeunDiscreteScheduler" => new EdmOptions(),
        "EulerAncestralDiscreteScheduler" => new EulerAncestralOptions(),
        "KDPM2DiscreteScheduler" => new Kdpm2Options(),
        "LMSDiscreteScheduler" => new LmsOptions(),
        _ => throw Wrong("_class_name", scheduler,
            "DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler, PNDMScheduler, EulerDiscreteScheduler, " +
            "EulerAncestralDiscreteScheduler, HeunDiscreteScheduler, KDPM2DiscreteScheduler, LMSDiscreteScheduler"),
    };

    private ThresholdOptions Threshold() =>
        Flag("thresholding", false)
            ? new DynamicThresholdOptions { Quantile = Number("dynamic_thresholding_ratio", 0.995), Largest = Number("sample_max_value", 1) }
        : Flag("clip_sample", scheduler is "DDIMScheduler" or "DDPMScheduler") ? new ClampOptions { Range = Number("clip_sample_range", 1) }
        : new NoThresholdOptions();

    /// <summary>
    /// Where diffusers stands still at step 0 in the end (Karras sigmas of DPM-Solver, PNDM without an offset), ours goes on to the clean image.
    /// </summary>
    private TimeGridOptions Grid()
    {
        var offset = json["steps_offset"]?.GetValue<int>() ?? 0;
        var multistep = scheduler.EndsWith("MultistepScheduler", StringComparison.Ordinal);
        var fractional = scheduler.EndsWith("DiscreteScheduler", StringComparison.Ordinal);
        if (Flag("use_karras_sigmas", false))
        {
            return new KarrasOptions { Round = !fractional, SigmaMin = process.Sigma(1) / process.Alpha(1) };
        }

        var end = multistep ? json["final_sigmas_type"]?.ToString() == "zero" ? 0 : 1
            : scheduler is "DDIMScheduler" or "PNDMScheduler" && !Flag("set_alpha_to_one", scheduler == "DDIMScheduler") ? 1 : 0;
        var spacings = new Dictionary<string, TimeGridOptions>
        {
            ["linspace"] = new LinspaceOptions { End = end, Round = !fractional },
            ["trailing"] = new TrailingOptions { End = end },
        };
        if (!multistep) // whose leading grid has one stretch more than steps
        {
            spacings["leading"] = new LeadingOptions { Offset = offset, End = offset == 0 ? 0 : end };
        }

        return OneOf("timestep_spacing", multistep || fractional ? "linspace" : "leading", spacings);
    }

    private static Dictionary<string, Variance> Variances => new()
    {
        ["fixed_small"] = Variance.Small,
        ["fixed_small_log"] = Variance.Small,
        ["fixed_large"] = Variance.Large,
        ["fixed_large_log"] = Variance.Large,
        ["learned_range"] = Variance.Learned,
    };

    private static Dictionary<string, string> Same(params string[] values) => values.ToDictionary(value => value);

    private bool Flag(string key, bool missing) => json[key]?.GetValue<bool>() ?? missing;

    private double Number(string key, double missing) => json[key]?.GetValue<double>() ?? missing;

    private T OneOf<T>(string key, string missing, Dictionary<string, T> known)
    {
        var found = json[key]?.ToString() ?? missing;
        return known.TryGetValue(found, out var value) ? value : throw Wrong(key, found, string.Join(", ", known.Keys));
    }

    private void RefuseFlags(params string[] keys)
    {
        foreach (var key in keys)
        {
            Refuse(key, "false");
        }
    }

    private void Refuse(string key, params string[] allowed)
    {
        if (json[key] is { } value && !allowed.Contains(value.ToJsonString()))
        {
            throw Wrong(key, value.ToJsonString(), allowed[0]);
        }
    }

    private ConfigException Wrong(string key, string found, string allowed) => new($"{file}: {key}: found {found}; allowed: {allowed}");
}
