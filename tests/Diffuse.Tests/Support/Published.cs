using Diffuse.Denoising;
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
        var schedule = inputs[diffusers ? "beta_schedule" : "schedule"].Text;
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
        "FIXED_SMALL" or "fixed_small" => Variance.Small,
        "FIXED_LARGE" or "fixed_large" => Variance.Large,
        "LEARNED" or "LEARNED_RANGE" or "learned_range" => Variance.Learned,
        _ => throw new NotSupportedException($"variance {kind}"),
    };

    /// <summary>The grid that visits the listed steps, counted from 0 as published, and ends at <paramref name="end"/>.</summary>
    public static TimeGrid Grid(IEnumerable<int> steps, double end = 0) => new([.. steps.OrderDescending().Select(step => step + 1.0), end]);

    /// <summary>Grids of a single step each, that together are the grid.</summary>
    public static IEnumerable<TimeGrid> OneByOne(this TimeGrid grid) =>
        Enumerable.Range(0, grid.Steps).Select(i => new TimeGrid([grid.Times[i], grid.Times[i + 1]]));
}
