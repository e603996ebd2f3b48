using System.Text.Json.Nodes;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingOptions options = new()
    {
        Duration = TrainingDuration.Of(new ImageCount(240)),
        Batch = 12,
        Accumulate = 3,
        LearningRate = 0.01,
        WeightDecay = 0.01,
        Warmup = new(40),
        EmaHalfLife = new(60),
        SnapshotEvery = new(70),
        CheckpointEvery = new(50),
        ValidateEvery = new(60),
        SampleEvery = new(80),
        LogEvery = new(24),
    };

    private readonly TemporaryFolder temporary = new();
    private readonly List<string> reports = [];

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_stopped_anywhere_ends_with_the_bits_of_one_that_never_was(bool bf16)
    {
        var whole = Train("whole", bf16: bf16);
        foreach (var micro in new[] { 1, 2, 7, 14, 11, 18 })
        {
            Assert.Equal(TrainingEnd.Stopped, Train("parts", bf16: bf16, stopDuring: micro).End);
        }

        var last = Train("parts", bf16: bf16);

        Assert.Equal((TrainingEnd.Finished, 240), (last.End, last.Counters.Images));
        SameBits(whole.Checkpoint, last.Checkpoint);
    }

    [Fact]
    public void After_damage_to_the_newest_checkpoint_the_end_is_still_the_same()
    {
        var whole = Train("whole");
        var stopped = Train("parts", stopDuring: 47);
        File.WriteAllText(stopped.Checkpoint.File("state/weights.safetensors"), "");

        var resumed = Train("parts");

        Assert.Contains(reports, report => report.Contains("is damaged and not used: state/weights.safetensors has 0 bytes"));
        SameBits(whole.Checkpoint, resumed.Checkpoint);
    }

    [Fact]
    public void Cadences_change_nothing_about_the_weights() => SameBits(
        Train("often").Checkpoint,
        Train("never", options with { CheckpointEvery = default, ValidateEvery = default, SampleEvery = default, LogEvery = new(1000) }).Checkpoint);

    [Fact]
    public void Micro_batches_give_the_gradient_of_the_whole_batch()
    {
        var plain = options with { Duration = TrainingDuration.Of(new ImageCount(12)) };
        double First(int accumulate) => Metrics(Train($"a{accumulate}", plain with { Accumulate = accumulate }, new TinyLoss())).Single()["grad_norm"]!.GetValue<double>();

        Close.Equal(First(1), First(4), relative: 1e-5);
    }

    /// <summary>After the last step the average that was followed and the one put together are the same, at the lengths that were followed.</summary>
    [Fact]
    public void Snapshots_come_at_their_cadence_and_hold_the_averages()
    {
        var outcome = Train("x");
        var snapshots = new Snapshots(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(outcome.Checkpoint.Path))!, "snapshots"));
        Assert.Equal([72L, 144, 216, 240], snapshots.Times);
        using var objective = new TinyObjective();
        snapshots.Load(Snapshots.Lengths[1], [.. objective.Trainable.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))]);
        using var followed = SafetensorsFile.Open(outcome.Checkpoint.File("state/power-averages.safetensors"));
        foreach (var (name, parameter) in objective.Trainable.named_parameters())
        {
            using var expected = followed.Read("1." + name);
            Close.Equal(Close.Values(expected), Close.Values(parameter), relative: 1e-3, floor: 0.1);
        }
    }

    [Fact]
    public void Training_learns()
    {
        var losses = Metrics(Train("x", options with { Duration = TrainingDuration.Of(new ImageCount(3000)), CheckpointEvery = default }))
            .Where(line => line["validation_loss"] is not null).Select(line => (double)line["validation_loss"]!).ToList();

        Assert.InRange(losses[^1], 0, losses[0] * 0.7);
    }

    [Fact]
    public void A_finished_run_is_left_as_it_is_and_a_longer_one_goes_on()
    {
        var first = Train("x");
        var again = Train("x");
        var longer = Train("x", options with { Duration = TrainingDuration.Of(new ImageCount(300)) });

        Assert.Equal((TrainingEnd.Finished, first.Checkpoint), (again.End, again.Checkpoint));
        Assert.Equal((300L, 25L), (longer.Counters.Images, longer.Checkpoint.Step));
        Assert.Equal(25, Directory.EnumerateFiles(Path.Combine(temporary["x"], "runs"), "metrics.jsonl", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines).Max(line => (long)JsonNode.Parse(line)!["step"]!));
    }

    [Fact]
    public void Metrics_come_at_their_cadence_with_the_held_out_loss_at_its_own()
    {
        var lines = Metrics(Train("x"));

        Assert.Equal([24, 48, 60, 72, 96, 120, 144, 168, 180, 192, 216, 240], lines.Select(line => (long)line["images"]!));
        Assert.Equal([60, 120, 180, 240], lines.Where(line => line["validation_loss"] is not null).Select(line => (long)line["images"]!));
        Assert.All(lines, line => Assert.True((double)line["loss"]! > 0 && (double)line["grad_norm"]! > 0 && (double)line["images_per_sec"]! > 0));
    }

    [Fact]
    public void Progress_is_told_after_every_step()
    {
        var told = new List<TrainingProgress>();

        Train("x", progress: told.Add);

        Assert.Equal(Enumerable.Range(1, 20).Select(step => (step * 12L, (long)step)), told.Select(progress => (progress.Images, progress.Step)));
        Assert.Null(told[0].Loss);
        Assert.NotNull(told[^1].Loss);
        Assert.Equal(TimeSpan.Zero, told[^1].Remaining);
    }

    [Fact]
    public void Grids_are_drawn_from_the_averaged_weights_in_evaluation_mode_at_their_cadence()
    {
        using var objective = new TinyObjective();
        var drawn = new List<(bool Training, double Sum)>();
        var preview = new Preview(path =>
        {
            drawn.Add((objective.Trainable.training, objective.Trainable.parameters().Sum(p => Close.Values(p).Sum())));
            File.WriteAllText(path, "png");
        });

        var outcome = Train("x", objective: objective, preview: preview);

        using var ema = SafetensorsFile.Open(outcome.Checkpoint.File("state/ema.safetensors"));
        Assert.Equal(["000000084.png", "000000168.png", "000000240.png"], Grids());
        Assert.All(drawn, draw => Assert.False(draw.Training));
        Close.Equal(Values(ema).Sum(), drawn[^1].Sum, relative: 1e-12);
    }

    [Fact]
    public void A_grid_that_was_interrupted_is_drawn_when_training_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var interrupted = Train("x", stop: stop, preview: new Preview(_ =>
        {
            stop.Cancel();
            throw new OperationCanceledException();
        }));
        Assert.Equal((TrainingEnd.Stopped, 84L), (interrupted.End, interrupted.Counters.Images));
        Assert.Empty(Grids());

        Train("x", preview: new Preview(path => File.WriteAllText(path, "png")));

        Assert.Equal(["000000084.png", "000000168.png", "000000240.png"], Grids());
    }

    [Fact]
    public void A_time_limit_ends_with_a_checkpoint()
    {
        var outcome = Train("x", maxTime: TimeSpan.FromTicks(1));

        Assert.Equal((TrainingEnd.OutOfTime, 0L), (outcome.End, outcome.Counters.Step));
        Assert.Equal(0, outcome.Checkpoint.Step);
    }

    [Fact]
    public void A_checkpoint_shows_models_with_the_averaged_weights_and_other_files()
    {
        using var objective = new TinyObjective();
        var content = new CheckpointContent(
            [new ModelFolder("unet", "{}", [.. objective.Trainable.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))])],
            new Dictionary<string, string> { ["diffuse.json"] = "{\"a\":1}" });

        var checkpoint = Train("x", objective: objective, content: content).Checkpoint;

        Assert.Equal("{}", File.ReadAllText(checkpoint.File("unet/config.json")));
        Assert.Equal("{\"a\":1}", File.ReadAllText(checkpoint.File("diffuse.json")));
        using var shown = SafetensorsFile.Open(checkpoint.File("unet/diffusion_pytorch_model.safetensors"));
        using var ema = SafetensorsFile.Open(checkpoint.File("state/ema.safetensors"));
        using var raw = SafetensorsFile.Open(checkpoint.File("state/weights.safetensors"));
        Assert.Equal(Values(ema), Values(shown));
        Assert.NotEqual(Values(ema), Values(raw)[..Values(ema).Length]);
        Assert.True(raw.Contains("average"));
        Assert.False(ema.Contains("average"));
    }

    [Fact]
    public void Without_an_average_the_weights_themselves_are_shown()
    {
        var checkpoint = Train("x", options with { EmaHalfLife = default }).Checkpoint;

        Assert.False(File.Exists(checkpoint.File("state/ema.safetensors")));
    }

    [Fact]
    public void A_loss_that_is_not_finite_names_step_image_and_layer_and_keeps_the_last_good_checkpoint()
    {
        using var objective = new TinyObjective();
        var batches = 0;
        objective.OnBatch = batch =>
        {
            if (++batches >= 20 && batch.Indices.Contains(17))
            {
                using var _ = no_grad();
                batch.Images[batch.Indices.ToList().IndexOf(17)].fill_(float.NaN);
            }
        };

        var error = Assert.Throws<DivergedException>(() => Train("x", objective: objective));

        Assert.Equal(["image-17.png"], error.Images);
        Assert.Equal("first", error.Layer);
        Assert.Equal($"training diverged in step {error.Step}: the loss is not finite, first in first; images: image-17.png", error.Message);
        var checkpoint = new CheckpointFolder(Path.Combine(Directory.GetDirectories(Path.Combine(temporary["x"], "runs")).Single(), "checkpoints")).Newest(reports.Add);
        Assert.InRange(checkpoint!.Step, 1, error.Step - 1);
        using var weights = SafetensorsFile.Open(checkpoint.File("state/weights.safetensors"));
        Assert.All(Values(weights), weight => Assert.True(double.IsFinite(weight)));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_names_its_layer()
    {
        using var objective = new RootLoss();

        var error = Assert.Throws<DivergedException>(() => Train("x", objective: objective));

        Assert.Equal((1, "w", 12), (error.Step, error.Layer, error.Images.Count));
        Assert.Contains("the gradient is not finite", error.Message);
        Assert.Contains("and 4 more", error.Message);
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused()
    {
        Train("x");

        Assert.Contains("there is no tensor", Assert.Throws<InvalidDataException>(() => Train("x", objective: new RootLoss())).Message);
    }

    [Fact]
    public void Accumulation_must_divide_the_batch() =>
        Assert.Contains("5 does not divide", Assert.Throws<Diffuse.Configuration.ConfigException>(() => Train("x", options with { Accumulate = 5 })).Message);

    [Fact, LeaksNoTensors]
    public void The_number_of_live_tensors_does_not_grow_from_step_to_step()
    {
        var counts = new List<long>();

        Train("x", options with { LogEvery = new(12) }, progress: _ => counts.Add(Tensor.TotalCount));

        Assert.Single(counts.Distinct());
    }

    [Fact, LeaksNoTensors]
    public void Nothing_is_left_behind() => Train("x", preview: new Preview(path => File.WriteAllText(path, "png")));

    private TrainingOutcome Train(
        string name,
        TrainingOptions? with = null,
        global::Diffuse.Objectives.IObjective? objective = null,
        bool bf16 = false,
        int? stopDuring = null,
        CancellationTokenSource? stop = null,
        Preview? preview = null,
        CheckpointContent? content = null,
        Action<TrainingProgress>? progress = null,
        TimeSpan? maxTime = null)
    {
        using var own = objective is null ? new TinyObjective(bf16: bf16) : null;
        using var cancel = new CancellationTokenSource();
        var micro = 0;
        if (own is not null)
        {
            own.OnBatch = _ =>
            {
                if (++micro == stopDuring)
                {
                    cancel.Cancel();
                }
            };
        }

        var root = Path.Combine(temporary[name], "runs");
        using var run = RunFolder.List(root) is [var newest, ..] ? RunFolder.Open(newest.Path) : RunFolder.Create(root, name);
        using var trainer = new Trainer(with ?? options, 7, objective ?? own!, TinyData.Create(), CPU, run)
        {
            Report = reports.Add,
            Preview = preview,
            Content = content ?? CheckpointContent.None,
            Progress = progress ?? (_ => { }),
            MaxTime = maxTime,
        };
        return trainer.Run((stop ?? cancel).Token);
    }

    private static void SameBits(Checkpoint expected, Checkpoint actual)
    {
        foreach (var name in new[] { "weights", "optimizer", "ema", "objective" })
        {
            Assert.Equal(File.ReadAllBytes(expected.File($"state/{name}.safetensors")), File.ReadAllBytes(actual.File($"state/{name}.safetensors")));
        }
    }

    private static double[] Values(SafetensorsFile file)
    {
        using var scope = NewDisposeScope();
        return [.. file.Entries.SelectMany(entry => Close.Values(file.Read(entry.Name)))];
    }

    private static List<JsonNode> Metrics(TrainingOutcome outcome) =>
        [.. File.ReadLines(Path.Combine(outcome.Checkpoint.Path, "..", "..", "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private IEnumerable<string?> Grids() =>
        Directory.EnumerateFiles(temporary.Path, "0*.png", SearchOption.AllDirectories).Select(Path.GetFileName).Order();

    private sealed class Preview(Action<string> draw) : IPreview
    {
        public long Evaluations => 64;

        public void Draw(string path, CancellationToken stop) => draw(path);
    }
}
