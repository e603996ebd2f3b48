using System.CommandLine;
using Diffuse.Cli.Output;
using Diffuse.Configuration;
using Diffuse.Training;

namespace Diffuse.Cli.Commands;

/// <summary>Trains a model, or goes on training it. Prints the run's folder.</summary>
internal sealed class TrainCommand : Verb
{
    private readonly Option<string?> config = Value("--config", "FILE", "the run config, a YAML file");
    private readonly Option<string[]> sets = Sets();
    private readonly Option<bool> fresh = Switch("--new", "start another run even where an unfinished one of this config exists");
    private readonly Option<string?> runs = Value("--runs", "DIR", "the folder of the run folders (default: runs)");
    private readonly Option<string?> maxTime = Value(
        "--max-time", "TIME", "stop after this time, such as 25m or 1h30m, with a checkpoint; the same command goes on later");
    private readonly Option<bool> dryRun = Switch("--dry-run", "print the resolved plan with parameter count, memory and time, and stop");
    private readonly Option<bool> profile = Switch("--profile", "take steps for half a minute, print where their time goes, undo them, and stop");
    private readonly Option<string?> description = Value("--desc", "NAME", "added to the name of the run's folder");

    public TrainCommand()
        : base("train", "train a model as a config says; started again, it goes on where it stopped") =>
        Array.ForEach<Option>([config, sets, fresh, runs, maxTime, dryRun, profile, description], Options.Add);

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse train --config configs/quickstart.yaml", "a small model of garments in a few minutes"),
        ("diffuse train --config my.yaml --set data.path=my-images --set training.duration=2h", "another folder of images, for two hours"),
        ("diffuse train --config my.yaml --max-time 50m", "at most 50 minutes now, the rest with the same command later"),
        ("diffuse train --config my.yaml --dry-run", "what would be trained, and what memory it takes"),
        ("diffuse train --config my.yaml --profile", "where the time goes: by part, by operator, against the machine's convolutions"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "The newest unfinished run of the same config goes on from its last checkpoint, exactly as if it had not stopped. Duration and "
            + "cadences may have changed, anything else is refused; --new starts another run.",
        "Ctrl-C saves a checkpoint and stops; a second Ctrl-C stops at once, and the last checkpoint is what remains.",
        "training.duration is a time (25m, 1h30m) or a number of images (200k, 1.5M). A time is turned into images by "
            + "the speed measured at the start.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult given, Func<IJobs> jobs, JobConsole console)
    {
        var values = new OptionValues(given);
        var file = values.Required(config, "a YAML file such as configs/quickstart.yaml");
        var overrides = values.Sets(sets);
        var limit = values.Time(maxTime);
        values.ThrowIfWrong();

        var request = new TrainRequest
        {
            Config = RunConfig.Read(file, overrides),
            New = values.Has(fresh),
            Runs = values.Text(runs) ?? "runs",
            MaxTime = limit,
            Description = values.Text(description),
        };
        if (values.Has(dryRun))
        {
            console.Print(jobs().Plan(request, console));
            return ExitCode.Success;
        }

        if (values.Has(profile))
        {
            using var interrupted = new Interruption(console.Log, "stopping");
            console.Print(ProfileText.Of(jobs().Profile(request, console, interrupted.Stop)));
            return ExitCode.Success;
        }

        using var interruption = new Interruption(console.Log, "saving a checkpoint");
        var result = jobs().Train(request, console, interruption.Stop);
        console.Print(result.Run);
        return result.End == TrainingEnd.Stopped ? ExitCode.Interrupted : ExitCode.Success;
    }
}
