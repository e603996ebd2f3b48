using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>A trained model, ready to sample: a checkpoint of ours, or a model folder of diffusers.</summary>
/// <param name="Path">The checkpoint or model folder.</param>
/// <param name="Run">The run's folder; null for a model that was named itself.</param>
internal sealed record LoadedModel(RunPlan Plan, string Path, string? Run) : IDisposable
{
    /// <summary>The average of the weights that was put in the place of the checkpoint's, and when it was taken; empty: the checkpoint's own.</summary>
    public string Average { get; private init; } = "";

    /// <param name="report">Told about damaged checkpoints.</param>
    /// <exception cref="ConfigException">There is no such model, or it is not one that can be sampled here.</exception>
    public static LoadedModel Open(ModelChoice choice, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var opened = Settled(OpenToExport(choice, overrides, report));
        Machine.AllowTf32(opened.Plan.Config.Tf32);
        return opened;
    }

    /// <summary>The model with its weights as they are stored.</summary>
    /// <inheritdoc cref="Open"/>
    public static LoadedModel OpenToExport(ModelChoice choice, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var run = choice.FindRun();
        var path = FolderOf(choice, report);
        try
        {
            if (System.IO.Path.Exists(System.IO.Path.Combine(path, Manifest.FileName)))
            {
                Checkpoint.Open(path);
            }

            var card = System.IO.Path.Combine(path, ModelCard.FileName);
            var plan = File.Exists(card) ? Own(ModelCard.Read(card), path, overrides) : Others(path, overrides, report);
            LoadWeights(plan, path);
            plan.Network.eval();
            if (plan.Process.Learned is { } learned)
            {
                using var weights = TensorFile.Open(ModelFolder.WeightsIn(System.IO.Path.Combine(path, ModelFolder.Process)));
                Load(learned, weights);
            }

            var average = choice.Ema is { } length ? Averaged(run, length, plan) : "";
            return new LoadedModel(plan, path, run?.Path) { Average = average };
        }
        catch (InvalidDataException damaged)
        {
            throw new ConfigException(damaged.Message);
        }
    }

    /// <summary>The model of a run or checkpoint that serves another one, on its device and with its arithmetic.</summary>
    /// <inheritdoc cref="Open"/>
    public static LoadedModel OpenToServe(string path, DeviceChoice device) =>
        Settled(OpenToExport(ModelChoice.At(path), [new ConfigOverride("device", "device", $"{device}")], _ => { }));

    /// <inheritdoc cref="Open"/>
    /// <exception cref="ConfigException">Also: it draws no images.</exception>
    public static LoadedModel OpenDenoiser(ModelChoice choice, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var opened = Open(choice, overrides, report);
        try
        {
            _ = opened.Plan.Model;
            return opened.Plan.DrawsImages
                ? opened
                : throw new ConfigException($"{opened.Path} draws image embeddings, not images; allowed: a model with condition image-embedding, with this one as sampling.prior");
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Dispose() => Plan.Dispose();

    /// <summary>The folder of the checkpoint, or the model folder.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    internal static string FolderOf(ModelChoice choice, Action<string> report) => choice.FindRun() is { } run ? Newest(run, report) : choice.Model!;

    private static LoadedModel Settled(LoadedModel opened)
    {
        opened.Plan.Settle();
        return opened;
    }

    private static string Newest(RunSummary run, Action<string> report) => run.Checkpoints.Newest(report)?.Path
        ?? throw new ConfigException($"{run.Path} has no whole checkpoint yet: let it train on (the same train command continues it), or choose another with --run");

    private static string Averaged(RunSummary? run, double length, RunPlan plan)
    {
        if (run is null || run.Snapshots.Times is not [.., var last])
        {
            throw new ConfigException(
                $"--ema: {(run is null ? "a model folder" : run.Path)} holds no snapshots of averages; allowed: a run that was trained with training.snapshot_every above 0");
        }

        run.Snapshots.Load(length, [.. plan.Objective.Trainable.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))]);
        return FormattableString.Invariant($"ema {length} after {last} images");
    }

    private static RunPlan Own(ModelCard card, string path, IReadOnlyList<ConfigOverride> overrides)
    {
        var config = card.Resolve(System.IO.Path.Combine(path, ModelCard.FileName), overrides);
        config = config.Network is PublishedUNetOptions published ? config with { Network = published with { Model = path } } : config;
        return Planned(config, card.Images, Captions.Read(path, config), path);
    }

    private static RunPlan Others(string path, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var (config, images) = PublishedModel.Read(path, overrides, report);
        return Planned(config, images, Captions.Options(config)?.Build([]), path);
    }

    private static RunPlan Planned(RunConfig config, ImageKind images, Data.ITokenizer? tokenizer, string path)
    {
        var device = Machine.Device(config.Device);
        return new(config, images, tokenizer, new FrozenNetworks(device, Machine.Precision(config.Precision, device), path));
    }

    /// <summary>Fills the network and the text encoder from a checkpoint of ours, or another's model.</summary>
    /// <exception cref="InvalidDataException">They are not there, or others.</exception>
    internal static void LoadWeights(RunPlan plan, string path)
    {
        using (var weights = File.Exists(path) ? Published.UNet(path, (PublishedUNetOptions)plan.Config.Network).Weights
            : TensorFile.Open(ModelFolder.WeightsIn(System.IO.Path.Combine(path, plan.Config.Objective.Folder))))
        {
            Load(plan.Network, weights);
        }

        if (plan.Conditions.LearnedText is { } text)
        {
            using var weights = Published.Text(path).Weights;
            TextEncoderConfig.Load(text, weights);
            text.eval();
        }
    }

    /// <summary>Fills a module from a file that holds its tensors, under today's names or older ones, and no others.</summary>
    /// <exception cref="InvalidDataException">It does not.</exception>
    internal static void Load(nn.Module module, TensorFile file)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var entries = file.Names.ToDictionary(DiffusersNames.Current, name => name);
        foreach (var (name, parameter) in module.named_parameters())
        {
            file.ReadInto(entries.Remove(name, out var stored) ? stored : name, parameter);
        }

        foreach (var (name, buffer) in module.named_buffers())
        {
            file.ReadInto(entries.Remove(name, out var stored) ? stored : name, buffer);
        }

        if (entries.Count > 0)
        {
            throw new InvalidDataException($"{file.Path}: the model has no tensor '{entries.Values.First()}'");
        }
    }
}
