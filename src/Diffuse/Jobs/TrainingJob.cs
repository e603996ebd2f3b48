using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary><c>diffuse train</c>: goes on with the newest unfinished run of the config, or starts one.</summary>
internal static class TrainingJob
{
    private const int Reals = 64;

    /// <summary>Time for steps that tell the speed of this machine.</summary>
    internal static readonly TimeSpan SpeedTest = TimeSpan.FromSeconds(15);

    public static TrainResult Run(TrainRequest request, IJobReport report, CancellationToken stop)
    {
        var (name, unfinished) = Unfinished(request);
        var asked = StartingModel.Resolved(request.Config, report.Log.Warning);
        var config = unfinished is null ? Decided(asked) : Continued(unfinished, asked);
        using var data = DataSet.Open(config.Data, config.Seed, report.Log.Warning);
        using var plan = Planned(config, data);
        if (unfinished is not null)
        {
            CheckData(unfinished, data);
        }
        else
        {
            StartingModel.Load(plan);
        }

        using var encoded = Encoded(plan, data, report, stop);
        var training = Training(plan, data, encoded);

        plan.Process.Measure(training.Batches(0, config.Training.MicroBatch).Select(batch => batch.Images));

        config = Frozen(config, plan, training, data, report);
        using var run = unfinished is null ? RunFolder.Create(request.Runs, name) : RunFolder.Open(unfinished.Path);
        report.LogTo(run.Log);
        run.WriteConfig(config.Write());
        report.Log.Information("{Run:l}: {Summary:l}", run.Path, Summary(plan, data));
        if (!File.Exists(run.Reals))
        {
            SaveReals(run.Reals, data);
        }

        using var trainer = new Trainer(config.Training, config.Seed, plan.Objective, training, plan.Device, run)
        {
            Content = ModelContent.Of(plan, config, data.Fingerprint),
            Preview = Sheets(plan, data),
            MaxTime = request.MaxTime,
            Progress = report.Step,
            Logged = report.Line,
            Report = sentence => report.Log.Information("{Sentence:l}", sentence),
        };
        return new TrainResult(run.Path, trainer.Run(stop).End);
    }

    private static (string Name, RunSummary? Unfinished) Unfinished(TrainRequest request)
    {
        var name = request.Description is { } more ? $"{request.Config.Name}-{more}" : request.Config.Name;
        var newest = request.New ? null : RunFolder.List(request.Runs).FirstOrDefault(run => run.Name == RunFolder.Slug(name) && run.Config is not null && !run.IsFinished);
        return (name, newest);
    }

    /// <summary>What <c>auto</c> means here.</summary>
    internal static RunConfig Decided(RunConfig config)
    {
        var device = Machine.Device(config.Device);
        return config with
        {
            Precision = Enum.Parse<PrecisionChoice>(Machine.Precision(config.Precision, device).ToString()),
            Training = config.Training.Checked(),
        };
    }

    /// <summary>The config of the run, with what may change.</summary>
    /// <exception cref="ConfigException">Something else has changed.</exception>
    private static RunConfig Continued(RunSummary run, RunConfig now)
    {
        var file = Path.Combine(run.Path, "config.yaml");
        var before = ConfigReader.Read<RunConfig>(run.Config!, file);
        var refused = Resumption.Refused(before, now);
        if (refused.Count > 0)
        {
            throw new ConfigException([
                .. refused.Select(difference => $"{difference}"),
                $"{run.Path} is unfinished and its config differs: change it back to go on with that run, or start another with --new",
            ]);
        }

        var duration = now.Training.Duration.Images is null ? before.Training.Duration : now.Training.Duration;
        return now with { Device = before.Device, Precision = before.Precision, Training = (now.Training with { Duration = duration }).Checked() };
    }

    private static void CheckData(RunSummary run, DataSet data)
    {
        var newest = run.Checkpoints.Newest(_ => { });
        if (newest is not null && ModelCard.Read(newest.File(ModelCard.FileName)) is var card && card.Data != data.Fingerprint)
        {
            throw new ConfigException($"data.path: the images have changed since {run.Path} started (added, removed, relabelled or resized ones): start another run with --new");
        }
    }

    /// <summary>A duration in time as images, from the speed of this machine.</summary>
    private static RunConfig Frozen(RunConfig config, RunPlan plan, TrainingData training, DataSet data, IJobReport report)
    {
        if (config.Training.Duration.Time is not { } time)
        {
            return config;
        }

        report.Log.Information("measuring the speed of this machine");
        var speed = TrainingSpeed.Measure(config.Training, config.Seed, plan.Objective, training, plan.Device, SpeedTest);
        var images = speed.ImagesIn(time, config.Training, data.HeldOut.Count, Sheets(plan, data)?.Evaluations ?? 0);
        report.Log.Information("{Speed:f0} images a second: {Images:l} images in {Minutes:f1} minutes", 1 / speed.SecondsPerImage, images.ToString(), time.TotalMinutes);
        return config with { Training = config.Training with { Duration = TrainingDuration.Of(images) } };
    }

    internal static RunPlan Planned(RunConfig config, DataSet data)
    {
        Machine.AllowTf32(config.Tf32);
        Allocator.KeepMemory(!config.Training.GradientCheckpointing);
        var tokenizer = Captions.Tokenizer(config, data);
        var captions = Captions.Uses(config) ? Captions.Examples(data) : null;
        var plan = new RunPlan(config, new ImageKind(data.Framing.Height, data.Framing.Width, data.Framing.Channels, data.Classes, captions), tokenizer);
        if (config.Training.GradientCheckpointing)
        {
            Recompute(plan, true);
        }

        return plan;
    }

    /// <exception cref="ConfigException">The network has no blocks that can be computed again.</exception>
    internal static void Recompute(RunPlan plan, bool again)
    {
        var blocks = plan.Network.modules().OfType<IRecomputable>().ToList();
        if (blocks.Count == 0)
        {
            plan.Dispose();
            throw new ConfigException("training.gradient_checkpointing: the network has no residual blocks to compute again; allowed: with networks that have");
        }

        blocks.ForEach(block => block.Recomputes = again);
    }

    /// <summary>Null for networks that draw nothing.</summary>
    internal static IPreview? Sheets(RunPlan plan, DataSet data) => plan.DrawsImages ? new Preview(plan, count => Examples(plan, data, count))
        : plan.Network is Autoencoder autoencoder ? new ReconstructionPreview(autoencoder, data, plan.Device)
        : null;

    /// <summary>Classes or prompts in turn; networks that see an image see those that were held out, or the first ones.</summary>
    private static Wanted Examples(RunPlan plan, DataSet data, int count)
    {
        if (!plan.NeedsImage)
        {
            return Wanted.Of(count, plan);
        }

        var stream = new ImageStream(data, plan.Config.Seed, plan.Device);
        var batch = (data.HeldOut.Count > 0 ? stream.HeldOut(Math.Min(count, data.HeldOut.Count)) : stream.Batches(0, count)).First();
        var told = plan.Conditions.Tell(batch, Seeds.Random(plan.Config.Seed, 1), withhold: false);
        return Wanted.Of(count, plan, image: told.Image, embeddings: told.Embedding is { } rows ? new Embeddings(rows, null) : null);
    }

    private static ImageStream Stream(RunPlan plan, DataSet data) => new(data, plan.Config.Seed, plan.Device, plan.Tokenizer);

    /// <summary>Null for a model that works in pixels.</summary>
    internal static EncodedStream? Encoded(RunPlan plan, DataSet data, IJobReport report, CancellationToken stop) => plan.Latents is MeasuredLatents space
        ? new(Stream(plan, data), data, space, plan.Conditions.Find<ImageEmbedding>() is { } embed ? (embed.Of, embed.Key) : null, plan.Conditions.SeesPixels, plan.Device, (done, total) => report.Count("encoded images", done, total), stop)
        : null;

    internal static TrainingData Training(RunPlan plan, DataSet data, EncodedStream? encoded)
    {
        var stream = Stream(plan, data);
        return encoded is null ? new TrainingData(stream.Batches, stream.HeldOut, data.Name) : new TrainingData(encoded.Batches, encoded.HeldOut, data.Name);
    }

    private static void SaveReals(string path, DataSet data)
    {
        var indices = data.Training.Where(index => !data.Corrupt.ContainsKey(index)).Take(Reals).ToList();
        IReadOnlyList<string>? names = data.Classes.Count > 0 ? [.. indices.Select(index => data.Classes[data.Label(index)!.Value])] : null;
        Png.Save(path, Sheet.Compose([.. indices.Select(data.Read)], names, title: ""));
    }

    internal static string Summary(RunPlan plan, DataSet data) =>
        $"{plan.Parameters / 1e6:f2} million parameters, {data.Training.Count} training and {data.HeldOut.Count} held-out images of "
        + $"{data.Framing.Width}x{data.Framing.Height}x{data.Framing.Channels}{(data.Classes.Count > 0 ? $" in {data.Classes.Count} classes" : "")}, "
        + $"{plan.Config.Precision.ToString().ToLowerInvariant()} on {plan.Device}";
}
