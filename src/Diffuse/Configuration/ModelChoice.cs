using System.Globalization;
using Diffuse.Training;

namespace Diffuse.Configuration;

/// <summary>Which model the command line means: a run's newest checkpoint, a model folder, or by default the newest run.</summary>
internal sealed record ModelChoice
{
    /// <summary>A run's folder, or its number.</summary>
    public string? Run { get; init; }

    /// <summary>A checkpoint, a model folder in diffusers' layout, or a file of other programs; a run's folder means its newest checkpoint.</summary>
    public string? Model { get; init; }

    /// <summary>The folder that holds the run folders.</summary>
    public string Runs { get; init; } = "runs";

    /// <summary>The length, sigma_rel, of an average of the run's weights that takes the place of the checkpoint's; null: the checkpoint's.</summary>
    public double? Ema { get; init; }

    public static ModelChoice At(string path) => new() { Model = path };

    /// <summary>What <see cref="EmaLength"/> reads, for messages.</summary>
    public static string EmaLengths { get; } = FormattableString.Invariant($"a share of the training above 0, up to {PowerAverage.Longest}");

    /// <summary>null for anything but a length of an average.</summary>
    public static double? EmaLength(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var length) && length is > 0 and <= PowerAverage.Longest ? length : null;

    /// <summary>The run; null where a model folder was named.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    public RunSummary? FindRun()
    {
        if (Model is not null)
        {
            return Directory.Exists(Path.Combine(Model, "checkpoints")) ? Named(Model)
                : Path.Exists(Model) ? null
                : throw new ConfigException($"--model: found '{Model}', which is no folder or file; allowed: a run, a checkpoint, a model folder, or a file of OpenAI's or CompVis'");
        }

        var runs = RunFolder.List(Runs);
        if (Run is null)
        {
            return runs.FirstOrDefault() ?? throw new ConfigException(
                $"there is no run in {Runs}: train one (diffuse train --config configs/quickstart.yaml) or name one (--run, --model)");
        }

        return runs.FirstOrDefault(run => run.Number.ToString(CultureInfo.InvariantCulture) == Run.TrimStart('0').PadLeft(1, '0'))
            ?? (Directory.Exists(Run) ? Named(Run) : null)
            ?? throw new ConfigException($"--run: found '{Run}', which is no folder; allowed: {Known(runs)}");
    }

    private static RunSummary Named(string folder) => new(Path.TrimEndingDirectorySeparator(folder), 0, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));

    private string Known(IReadOnlyList<RunSummary> runs) => runs.Count == 0
        ? $"a run's folder ({Runs} has none)"
        : "a run's folder or number, such as " + string.Join(", ", runs.Take(3).Select(run => run.Path));
}
