using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;

namespace Diffuse.Jobs;

/// <summary>
/// <c>scheduler/scheduler_config.json</c> of a diffusers folder. Written as a DDIMScheduler with its betas listed, which says every schedule on
/// DDPM's clock exactly; read from whatever <see cref="DiffusersSampler"/> knows.
/// </summary>
internal static class DiffusersScheduler
{
    public const string FileName = "scheduler/scheduler_config.json";

    private const int MostSteps = 100_000;

    private static readonly (string Kind, string Prediction)[] predictions = [("eps", "epsilon"), ("v", "v_prediction"), ("x0", "sample")];

    /// <summary>Null where no scheduler of diffusers says the same.</summary>
    /// <param name="threshold">Of the estimates of x0.</param>
    public static string? Write(RunConfig config, ForwardProcess process, ThresholdOptions threshold)
    {
        var prediction = predictions.FirstOrDefault(known => known.Kind == Kinds.NameOf(config.Parameterization.GetType())).Prediction;
        if (prediction is null || process is not BetaSchedule chain || config.Objective is not DenoisingOptions { Loss.LearnsVariance: false })
        {
            return null;
        }

        var betas = Enumerable.Range(1, chain.Steps!.Value).Select(t => JsonValue.Create(chain.Between(t - 1, t).Variance));
        var json = new JsonObject
        {
            ["_class_name"] = "DDIMScheduler",
            ["_diffusers_version"] = "0.21.4",
            ["num_train_timesteps"] = chain.Steps,
            ["trained_betas"] = new JsonArray([.. betas]),
            ["prediction_type"] = prediction,
            ["clip_sample"] = threshold is ClampOptions,
            ["set_alpha_to_one"] = true,
            ["timestep_spacing"] = "trailing",
        };
        foreach (var (key, value) in Threshold(threshold))
        {
            json[key] = value;
        }

        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n";
    }

    /// <summary>The process, the parameterization and the sampling that the file names.</summary>
    /// <exception cref="ConfigException">A key or value that has no counterpart here, by name.</exception>
    public static RunConfig Read(string file)
    {
        try
        {
            // Python writes infinities that are no JSON.
            var json = JsonNode.Parse(File.ReadAllText(file).Replace(": -Infinity", ": \"-Infinity\"", StringComparison.Ordinal))!.AsObject();
            var prediction = json["prediction_type"]?.ToString() ?? "epsilon";
            var kind = predictions.FirstOrDefault(known => known.Prediction == prediction).Kind
                ?? throw Wrong(file, "prediction_type", prediction, "epsilon, v_prediction or sample");
            var process = Process(file, json);
            return new RunConfig
            {
                Process = process,
                Parameterization = (ParameterizationOptions)Activator.CreateInstance(Kinds.Of(typeof(ParameterizationOptions))[kind])!,
                Sampling = new DiffusersSampler(file, json, (NoiseSchedule)process.Build()).Read(),
            };
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }
    }

    private static BetaScheduleOptions Process(string file, JsonObject json)
    {
        var steps = json["num_train_timesteps"]?.GetValue<int>() ?? 1000;
        if (steps is < 1 or > MostSteps)
        {
            throw Wrong(file, "num_train_timesteps", $"{steps}", $"1 to {MostSteps}");
        }

        var (first, last) = json["_class_name"]?.ToString() is "KDPM2DiscreteScheduler" or "HeunDiscreteScheduler" ? (0.00085, 0.012) : (1e-4, 0.02);
        (first, last) = (json["beta_start"]?.GetValue<double>() ?? first, json["beta_end"]?.GetValue<double>() ?? last);
        var zeroTerminal = json["rescale_betas_zero_snr"]?.GetValue<bool>() ?? false;
        BetaScheduleOptions schedule = json["trained_betas"] is JsonArray listed
            ? new ListedOptions { Values = [.. listed.Select(beta => beta!.GetValue<double>())] }
            : (json["beta_schedule"]?.ToString() ?? "linear") switch
            {
                "linear" => new LinearOptions { BetaStart = first, BetaEnd = last },
                "scaled_linear" => new ScaledLinearOptions { BetaStart = first, BetaEnd = last },
                "squaredcos_cap_v2" => new CosineOptions(),
                var other => throw Wrong(file, "beta_schedule", other, "linear, scaled_linear or squaredcos_cap_v2"),
            };
        return schedule with { Steps = schedule is ListedOptions all ? all.Values.Count : steps, ZeroTerminalSnr = zeroTerminal };
    }

    /// <summary>The keys of a threshold beside clip_sample.</summary>
    private static IEnumerable<(string Key, JsonNode Value)> Threshold(ThresholdOptions options) => options switch
    {
        ClampOptions { Range: not 1 } clamp => [("clip_sample_range", clamp.Range)],
        DynamicThresholdOptions dynamic =>
            [("thresholding", true), ("dynamic_thresholding_ratio", dynamic.Quantile), ("sample_max_value", dynamic.Largest ?? 1e6)],
        _ => [],
    };

    private static ConfigException Wrong(string file, string key, string? found, string allowed) =>
        new($"{file}: {key}: found {found ?? "nothing"}; allowed: {allowed}");
}
