using Diffuse.Evaluation;
using Diffuse.Training;
using Serilog;

namespace Diffuse.Configuration;

/// <summary>What the verbs of the command line do. Everything runs on the calling thread, the only one that touches tensors.</summary>
internal interface IJobs
{
    /// <summary>The resolved plan: config, parameters, memory, expected time; nothing is trained and nothing written.</summary>
    /// <exception cref="ConfigException">The config or the data cannot be used.</exception>
    string Plan(TrainRequest request, IJobReport report);

    /// <summary>Where the time of training goes; steps are taken and undone, nothing is kept.</summary>
    /// <exception cref="ConfigException">The config or the data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    ProfileResult Profile(TrainRequest request, IJobReport report, CancellationToken stop);

    /// <exception cref="ConfigException">The config or the data cannot be used, or an unfinished run has another config.</exception>
    /// <exception cref="DivergedException">The loss stopped being a number.</exception>
    TrainResult Train(TrainRequest request, IJobReport report, CancellationToken stop);

    /// <exception cref="ConfigException">There is no such model, class or sampler.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    SampleResult Sample(SampleRequest request, IJobReport report, CancellationToken stop);

    /// <summary>Walks the images of <see cref="SampleRequest.Encode"/> into their noise and back.</summary>
    /// <exception cref="ConfigException">There is no such model, class or image, or the sampler cannot encode.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    EncodeResult Encode(SampleRequest request, IJobReport report, CancellationToken stop);

    /// <summary>Draws images on the way between the two ends of <see cref="SampleRequest.Between"/>.</summary>
    /// <inheritdoc cref="Encode"/>
    InterpolateResult Interpolate(SampleRequest request, IJobReport report, CancellationToken stop);

    /// <summary>Writes a model as a folder of its own.</summary>
    /// <exception cref="ConfigException">There is no such model, or the folder exists.</exception>
    ExportResult Export(ExportRequest request, IJobReport report);

    /// <summary>Degrades the images of <see cref="SampleRequest.Restore"/> and restores them.</summary>
    /// <exception cref="ConfigException">There is no such model, class, sampler or image, or the model's process leaves nothing of an image.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    RestoreResult Restore(SampleRequest request, IJobReport report, CancellationToken stop);

    /// <exception cref="ConfigException">There is no such model, or nothing to measure it on.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    EvalResult Evaluate(EvalRequest request, IJobReport report, CancellationToken stop);

    /// <summary>Measures <see cref="EvalRequest.Images"/>.</summary>
    /// <exception cref="ConfigException">There are no such images or features, or too few.</exception>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    EvalResult Compare(EvalRequest request, IJobReport report, CancellationToken stop);
}

/// <summary>How a job tells a person what it does while it works.</summary>
internal interface IJobReport
{
    /// <summary>Sentences for people: to the screen, and to the log file once there is one.</summary>
    ILogger Log { get; }

    /// <summary>Everything told so far and from now on also goes to this file.</summary>
    void LogTo(string file);

    /// <summary>After every step of training.</summary>
    void Step(TrainingProgress progress);

    /// <summary>After every line of metrics, before <see cref="Step"/>.</summary>
    void Line(TrainingProgress progress);

    /// <summary>A job of so many equal parts, of which some are done: <c>images 32 of 64</c>.</summary>
    void Count(string what, long done, long total);
}

/// <param name="Run">The run's folder.</param>
internal sealed record TrainResult(string Run, TrainingEnd End);

/// <param name="Summary">The model, the data and the machine.</param>
/// <param name="Batch">Images of a step.</param>
/// <param name="Step">Seconds, the median.</param>
/// <param name="Parts">Name and seconds of a step, on average.</param>
/// <param name="Operators">Name, calls and seconds of a step; none where this libtorch cannot tell.</param>
/// <param name="Bounds">What libtorch's convolutions of a step take alone at their fastest: arithmetic, operations and seconds. The first is that of the training.</param>
/// <param name="Collections">Garbage collections in a step, on average.</param>
internal sealed record ProfileResult(
    string Summary, int Batch, double Step, IReadOnlyList<(string Name, double Seconds)> Parts, IReadOnlyList<(string Name, double Calls, double Seconds)> Operators,
    IReadOnlyList<(string Precision, double Operations, double Seconds)> Bounds, double Collections);

/// <param name="Folder">Where the model is.</param>
/// <param name="Pipeline">The class of diffusers that loads it; null: none does.</param>
internal sealed record ExportResult(string Folder, string? Pipeline);

/// <param name="Folder">Where the images are.</param>
/// <param name="Grid">The sheet of all of them.</param>
internal sealed record SampleResult(string Folder, string Grid, IReadOnlyList<SampledImage> Images);

internal sealed record SampledImage(string File, long Seed, int? Label, string? Class, string? Prompt);

/// <param name="Folder">Where the decoded images are.</param>
/// <param name="Grid">Image, noise and decoded image in a row for each.</param>
/// <param name="Psnr">The mean over the images.</param>
internal sealed record EncodeResult(string Folder, string Grid, double Psnr, IReadOnlyList<EncodedImage> Images);

/// <param name="Source">The given image.</param>
/// <param name="File">What came back.</param>
/// <param name="Psnr">Between the two, in dB: 10 log10(4 / mean squared error) on [-1, 1].</param>
internal sealed record EncodedImage(string Source, string File, double Psnr);

/// <param name="Strip">All images beside each other.</param>
internal sealed record InterpolateResult(string Folder, string Strip, IReadOnlyList<InterpolatedImage> Images);

/// <param name="Share">0 at the first end, 1 at the second.</param>
internal sealed record InterpolatedImage(string File, double Share);
/// <param name="Folder">Where the restored images are.</param>
/// <param name="Grid">The sheet of originals, degraded images and restorations side by side.</param>
/// <param name="Metrics">How near each of them is to the originals.</param>
internal sealed record RestoreResult(string Folder, string Grid, IReadOnlyList<RestoredImage> Images, IReadOnlyList<Metric> Metrics);

internal sealed record RestoredImage(string File, string Original);

/// <param name="Model">The checkpoint or model folder, or the images.</param>
/// <param name="Pictures">Sheets and pages to look at.</param>
internal sealed record EvalResult(string Model, IReadOnlyList<Metric> Metrics, IReadOnlyList<string> Pictures)
{
    /// <summary>What a sweep found; null where there was none.</summary>
    public SweepResult? Sweep { get; init; }
}

/// <param name="Keys">The settings that were tried.</param>
/// <param name="Rows">Every combination of their values.</param>
internal sealed record SweepResult(IReadOnlyList<string> Keys, IReadOnlyList<SweepRow> Rows)
{
    /// <summary>What the first metric cannot tell from the best row: those whose interval reaches down to its own, the best first.</summary>
    public IReadOnlyList<SweepRow> Best
    {
        get
        {
            var sorted = Rows.OrderBy(row => row.Metrics[0].Value).ToList();
            return [.. sorted.Where((row, i) => i == 0 || row.Metrics[0].Low <= sorted[0].Metrics[0].High)];
        }
    }

    /// <summary>Which settings are the best, for people.</summary>
    public string Verdict => $"lowest {Rows[0].Metrics[0].Name}: {Named(Best[0])}"
        + (Best.Count == 1 ? "; every other interval lies above its own" : $"; not told apart from it by {Rows[0].Metrics[0].N} images: {string.Join("; ", Best.Skip(1).Select(Named))}");

    private string Named(SweepRow row) => string.Join(", ", Keys.Zip(row.Values, (key, value) => $"{key} {value}"));
}

/// <param name="Values">One for each key.</param>
/// <param name="Evaluations">Of the network for an image.</param>
/// <param name="Metrics">The same of every row; the first is a distance, which is better lower.</param>
internal sealed record SweepRow(IReadOnlyList<string> Values, int Evaluations, IReadOnlyList<Metric> Metrics);
