using System.CommandLine;
using Diffuse.Cli.Output;
using Diffuse.Configuration;

namespace Diffuse.Cli.Commands;

/// <summary>Measures a trained model. Prints a table, or with --json the same numbers for machines.</summary>
internal sealed class EvalCommand : Verb
{
    private readonly ModelOptions model = new();
    private readonly Option<string?> samples = Value("--samples", "N", "also draw so many images and compare them with as many that were trained on");
    private readonly Option<string?> images = Value("--images", "PATH", "measure images instead of a model: a folder, a .zip or an .npz");
    private readonly Option<string?> against = Value("--against", "PATH", "what --images are compared with: images, or an .npz of statistics (mu, sigma)");
    private readonly Option<string?> features = Value(
        "--features", "PATH", "the network in whose features images are compared: Inception's weights (.pth, .safetensors), a run of a classifier or a CLIP, a TorchScript file (default: the newest such run)");
    private readonly Option<string[]> sweep = new("--sweep")
    {
        HelpName = "KEY=VALUE,VALUE,..",
        Description = "with --samples: also every combination of these settings of sampling, such as sampler=ddim,unipc steps=5,10,20 guidance=1,2 or ema=0.05,0.1",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> dims = Value("--dims", "N", "of Inception's features: 64, 192, 768 or 2048 (default: 2048, FID's own; fewer for few images)");
    private readonly Option<bool> page = Switch("--report", "also write everything on one HTML page, with its plots as PNG beside it");
    private readonly Option<string?> @out = Value("--out", "DIR", "the folder for the report, and for sheets of --images (default: eval in the run's folder; of --images none is made)");
    private readonly Option<string?> count = Value("--count", "N", "at most so many held-out images, or of --images (default: the config's, or all)");
    private readonly Option<string?> batch = Value("--batch", "N", "images at a time (default: 64)");
    private readonly Option<string[]> sets = Sets();
    private readonly Option<bool> json = Switch("--json", "print the numbers as JSON on stdout");

    public EvalCommand()
        : base("eval", "measure a trained model on images that it was not trained on")
    {
        model.AddTo(this);
        Array.ForEach<Option>([samples, sweep, images, against, features, dims, page, @out, count, batch, sets, json], Options.Add);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse eval", "the newest run: loss by noise level, and bits per dimension"),
        ("diffuse eval --samples 1000", "also how near drawn images are to real ones, and whether they are copies"),
        ("diffuse eval --samples 1000 --sweep steps=5,10,20 guidance=1,2", "one table of all six, and which is the best"),
        ("diffuse eval --samples 1000 --report", "the same as a page that can be sent to somebody"),
        ("diffuse eval --images samples/ --against data/ --features pt_inception.pth", "FID of a folder"),
        ("diffuse eval --run 7 --count 200 --json", "fewer images, numbers for a script"),
        ("diffuse eval --set evaluation=[bits-per-dim]", "one metric"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "Intervals are 95% confidence intervals over images. Noise is fixed, so two checkpoints of a run see the same.",
        "Losses are of images that training held out (data.held_out); --set data.path=DIR measures on others.",
        "Drawn images are kept in the run's folder eval/, one for each seed from 0: what was drawn is not drawn again.",
        "FID, sFID, KID and IS are those of Inception's weights; in another network they are called fd, sfd, kd and is, with its name.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult given, Func<IJobs> jobs, JobConsole console)
    {
        var values = new OptionValues(given);
        var request = new EvalRequest
        {
            Model = model.Read(values),
            Overrides = values.Sets(sets, "evaluation", "data", "sampling", "device", "precision"),
            Count = values.Whole(count, 1),
            Samples = values.Whole(samples, 10),
            Features = values.Text(features),
            Dims = values.Whole(dims, 1),
            Images = values.Text(images),
            Against = values.Text(against),
            Out = values.Text(@out),
            Sweep = values.Axes(sweep),
            Report = values.Has(page),
            Batch = values.Whole(batch, 1) ?? 64,
        };
        values.OnlyWith(images, against);
        values.OnlyWith(dims, features);
        values.OnlyWith(against, images);
        values.NotBoth(images, samples);
        values.ThrowIfWrong();
        if (Misplaced(request) is { } problem)
        {
            throw new ConfigException(problem);
        }

        using var interruption = new Interruption(console.Log, "stopping");
        var result = request.Images is null
            ? jobs().Evaluate(request, console, interruption.Stop)
            : jobs().Compare(request, console, interruption.Stop);
        console.Print(values.Has(json) ? Json.Of(result) : string.Join(Environment.NewLine, [MetricTable.Of(result.Metrics), .. Settings(result.Sweep), .. result.Pictures]));
        return ExitCode.Success;
    }

    private static string[] Settings(SweepResult? sweep) => sweep is null ? [] : ["", MetricTable.Of(sweep), sweep.Verdict, ""];

    /// <summary>What an option lacks that it needs; null where all is well.</summary>
    private static string? Misplaced(EvalRequest request) => request switch
    {
        { Features: not null, Samples: null, Images: null } => "--features: found neither --samples nor --images; allowed: with one of them",
        { Sweep.Count: > 0, Samples: null } => "--sweep: found without --samples; allowed: with it, which says how many images are drawn for each setting",
        { Out: not null, Images: null, Report: false } => "--out: found neither --images nor --report; allowed: with one of them",
        { Report: true, Images: not null, Out: null } => "--report: found --images without --out; allowed: with --out DIR, the folder for the page",
        _ => null,
    };
}
