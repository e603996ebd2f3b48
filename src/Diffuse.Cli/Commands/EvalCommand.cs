using System.CommandLine;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>Measures a trained model. Prints a table, or with --json the same numbers for machines.</summary>
internal sealed class EvalCommand : Verb
{
    private readonly ModelOptions model = new();
    private readonly Option<string?> count = Value("--count", "N", "at most so many held-out images (default: the config's)");
    private readonly Option<string?> batch = Value("--batch", "N", "images at a time (default: 64)");
    private readonly Option<string[]> sets = Sets();
    private readonly Option<bool> json = Switch("--json", "print the numbers as JSON on stdout");

    public EvalCommand()
        : base("eval", "measure a trained model on images that it was not trained on")
    {
        model.AddTo(this);
        Array.ForEach<Option>([count, batch, sets, json], Options.Add);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse eval", "the newest run: loss by noise level, and bits per dimension"),
        ("diffuse eval --run 7 --count 200 --json", "fewer images, numbers for a script"),
        ("diffuse eval --set evaluation=[bits-per-dim]", "one metric"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "Intervals are 95% confidence intervals over images. Noise is fixed, so two checkpoints of a run see the same.",
        "The images are those that training held out (data.held_out); --set data.path=DIR measures on others.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult given, Func<IJobs> jobs, JobConsole console)
    {
        var values = new OptionValues(given);
        var request = new EvalRequest
        {
            Model = model.Read(values),
            Overrides = values.Sets(sets, "evaluation", "data", "device", "precision"),
            Count = values.Whole(count, 1),
            Batch = values.Whole(batch, 1) ?? 64,
        };
        values.ThrowIfWrong();

        using var interruption = new Interruption(console.Log, "stopping");
        var result = jobs().Evaluate(request, console, interruption.Stop);
        console.Print(values.Has(json) ? Json.Of(result) : MetricTable.Of(result.Metrics));
        return ExitCode.Success;
    }
}
