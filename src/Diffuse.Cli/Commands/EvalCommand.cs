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
        "--features", "PATH", "the network in whose features images are compared: Inception's weights (.safetensors), a run of a classifier or a CLIP, a TorchScript file (default: the newest such run)");
    private readonly Option<string?> @out = Value("--out", "DIR", "the folder for sheets of --images (default: none is made)");
    private readonly Option<string?> count = Value("--count", "N", "at most so many held-out images, or of --images (default: the config's, or all)");
    private readonly Option<string?> batch = Value("--batch", "N", "images at a time (default: 64)");
    private readonly Option<string[]> sets = Sets();
    private readonly Option<bool> json = Switch("--json", "print the numbers as JSON on stdout");

    public EvalCommand()
        : base("eval", "measure a trained model on images that it was not trained on")
    {
        model.AddTo(this);
        Array.ForEach<Option>([samples, images, against, features, @out, count, batch, sets, json], Options.Add);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Line, string Result)> Examples { get; } =
    [
        ("diffuse eval", "the newest run: loss by noise level, and bits per dimension"),
        ("diffuse eval --samples 1000", "also how near drawn images are to real ones, and whether they are copies"),
        ("diffuse eval --images samples/ --against data/ --features pt_inception.safetensors", "FID of a folder"),
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
            Images = values.Text(images),
            Against = values.Text(against),
            Out = values.Text(@out),
            Batch = values.Whole(batch, 1) ?? 64,
        };
        values.OnlyWith(images, against);
        values.OnlyWith(against, images);
        values.OnlyWith(@out, images);
        values.NotBoth(images, samples);
        values.ThrowIfWrong();
        if (request is { Features: not null, Samples: null, Images: null })
        {
            throw new ConfigException("--features: found neither --samples nor --images; allowed: with one of them");
        }

        using var interruption = new Interruption(console.Log, "stopping");
        var result = request.Images is null
            ? jobs().Evaluate(request, console, interruption.Stop)
            : jobs().Compare(request, console, interruption.Stop);
        console.Print(values.Has(json) ? Json.Of(result) : string.Join(Environment.NewLine, [MetricTable.Of(result.Metrics), .. result.Pictures]));
        return ExitCode.Success;
    }
}
