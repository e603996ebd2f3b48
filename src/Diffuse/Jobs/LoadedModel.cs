using Diffuse.Configuration;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>A trained model, ready to sample: a checkpoint of ours, or a model folder of diffusers.</summary>
/// <param name="Path">The checkpoint or model folder.</param>
/// <param name="Run">The run's folder; null for a model that was named itself.</param>
internal sealed record LoadedModel(RunPlan Plan, string Path, string? Run) : IDisposable
{
    /// <summary>Names that attention layers had before diffusers 0.16, and have since.</summary>
    private static readonly (string Old, string New)[] renamed =
        [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")];

    /// <summary>The average of the weights that was put in the place of the checkpoint's, and when it was taken; empty: the checkpoint's own.</summary>
    public string Average { get; private init; } = "";

    /// <param name="report">Told about damaged checkpoints.</param>
    /// <exception cref="ConfigException">There is no such model, or it is not one that can be sampled here.</exception>
    public static LoadedModel Open(ModelChoice choice, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var run = choice.FindRun();
        var path = run is null ? choice.Model! : Newest(run, report);
        try
        {
            if (System.IO.Path.Exists(System.IO.Path.Combine(path, Manifest.FileName)))
            {
                Checkpoint.Open(path);
            }

            var card = System.IO.Path.Combine(path, ModelCard.FileName);
            var plan = File.Exists(card) ? Own(ModelCard.Read(card), card, overrides) : Foreign(path, overrides);
            Load(plan.Network, ModelFolder.WeightsIn(System.IO.Path.Combine(path, plan.Config.Objective.Folder)));
            plan.Network.eval();
            if (plan.Conditions.Text is { } text)
            {
                Load(text, ModelFolder.WeightsIn(System.IO.Path.Combine(path, ModelFolder.Text)));
                text.eval();
            }

            if (plan.Process.Learned is { } learned)
            {
                Load(learned, ModelFolder.WeightsIn(System.IO.Path.Combine(path, ModelFolder.Process)));
            }

            var average = choice.Ema is { } length ? Averaged(run, length, plan) : "";
            return new LoadedModel(plan, path, run?.Path) { Average = average };
        }
        catch (InvalidDataException damaged)
        {
            throw new ConfigException(damaged.Message);
        }
    }

    /// <summary>The model of a run or checkpoint that serves another one, on its device.</summary>
    /// <inheritdoc cref="Open"/>
    public static LoadedModel OpenToServe(string path, DeviceChoice device) => Open(ModelChoice.At(path), [new ConfigOverride("device", "device", $"{device}")], _ => { });

    /// <inheritdoc cref="Open"/>
    /// <exception cref="ConfigException">Also: it draws no images.</exception>
    public static LoadedModel OpenDenoiser(ModelChoice choice, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var opened = Open(choice, overrides, report);
        try
        {
            _ = opened.Plan.Model;
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Dispose() => Plan.Dispose();

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

    private static RunPlan Own(ModelCard card, string file, IReadOnlyList<ConfigOverride> overrides)
    {
        var tokenizer = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, Captions.Folder);
        var config = card.Resolve(file, overrides);
        var latents = config.Latents is AutoencoderLatentOptions ? Latents(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, ModelFolder.Autoencoder), config) : null;
        return new(config, card.Images, Directory.Exists(tokenizer) ? Captions.Read(tokenizer, config) : null, latents: latents);
    }

    /// <summary>The checkpoint's own copy of the autoencoder.</summary>
    private static AutoencoderLatents Latents(string folder, RunConfig config)
    {
        var file = System.IO.Path.Combine(folder, ModelFolder.ConfigFile);
        if (!File.Exists(file))
        {
            throw new InvalidDataException($"{file} is missing: the model works in latents of an autoencoder, and it is not there");
        }

        var device = Machine.Device(config.Device);
        var network = Autoencoder.Of(AutoencoderConfig.FromJson(File.ReadAllText(file), file), Machine.Precision(config.Precision, device), config.Seed);
        Load(network, ModelFolder.WeightsIn(folder));
        network.to(device);
        network.eval();
        return new AutoencoderLatents(network, FeatureSources.HashOf(ModelFolder.WeightsIn(folder)));
    }

    private static RunPlan Foreign(string path, IReadOnlyList<ConfigOverride> overrides)
    {
        string File(string name) => System.IO.Path.Combine(path, name) is var file && System.IO.File.Exists(file)
            ? file
            : throw new ConfigException($"--model: {path} holds no {name}; allowed: a checkpoint of diffuse, or a diffusers folder with {DiffusersScheduler.FileName}, unet/config.json and unet/{ModelFolder.WeightsFile} (or {ModelFolder.OlderWeightsFile})");

        var scheduler = File(DiffusersScheduler.FileName);
        var network = File($"unet/{ModelFolder.ConfigFile}");
        File(System.IO.Path.GetRelativePath(path, ModelFolder.WeightsIn(System.IO.Path.Combine(path, "unet"))));
        var written = DiffusersScheduler.Read(scheduler);
        var config = ConfigReader.Read<RunConfig>(written.Write(), scheduler, overrides);
        var unet = UNet2DConfig.FromJson(System.IO.File.ReadAllText(network), network);
        var size = unet.SampleSize ?? throw new ConfigException($"{network}: sample_size: found nothing; allowed: the size of the images");
        var classes = Enumerable.Range(0, Math.Max((unet.NumClassEmbeds ?? 1) - 1, 0)).Select(label => $"class {label}").ToList();
        if (unet.CrossAttentionDim is not null)
        {
            throw new ConfigException($"{network}: found {UNet2DConditionConfig.DiffusersClass}, which looks at a text whose encoder is not read here; allowed: {UNet2DConfig.DiffusersClass}");
        }

        if (unet.InChannels is not (1 or 3))
        {
            throw new ConfigException($"{network}: in_channels: found {unet.InChannels}; allowed: 1 (grey) or 3 (RGB)");
        }

        return new RunPlan(
            config,
            new ImageKind(size[0], size[1], unet.InChannels, classes),
            network: new UNet(unet, Machine.Precision(config.Precision, Machine.Device(config.Device)), config.Seed));
    }

    private static void Load(nn.Module module, string path)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var file = TensorFile.Open(path);
        var entries = file.Names.ToDictionary(Current, name => name);
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
            throw new InvalidDataException($"{path}: the model has no tensor '{entries.Values.First()}'");
        }
    }

    private static string Current(string name) => renamed.Aggregate(name, (current, pair) => current.Replace(pair.Old, pair.New, StringComparison.Ordinal));
}
