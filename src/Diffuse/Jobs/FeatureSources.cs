using System.Security.Cryptography;
using Diffuse.Configuration;
using Diffuse.Evaluation;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Opens the networks in whose features images are compared. They live as long as this.</summary>
/// <param name="images">What they are to see.</param>
internal sealed class FeatureSources(ImageKind images, DeviceChoice device) : IFeatureSources, IDisposable
{
    private readonly OpenedModels opened = new(device);

    /// <inheritdoc/>
    public Device Device { get; } = Machine.Device(device);

    /// <inheritdoc/>
    public int Channels => images.Channels;

    /// <summary>The options that a path on the command line stands for: a run, weights of Inception, or a script.</summary>
    /// <exception cref="ConfigException">There is nothing.</exception>
    public static FeatureOptions At(string path) => Directory.Exists(path) ? new ModelFeatureOptions { Model = path }
        : !File.Exists(path) ? throw new ConfigException(
            $"--features: found '{path}', which is not there; allowed: a run of network resnet or of objective contrastive, pytorch-fid's weights (.safetensors), or a TorchScript file")
        : path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? new InceptionFeatureOptions { File = path }
        : new ScriptFeatureOptions { File = path };

    /// <summary>The newest trained classifier of clean images, or CLIP, of such images.</summary>
    /// <param name="runs">The folder of the run folders.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public FeatureOptions Newest(string runs) => RunFolder.List(runs).FirstOrDefault(Fits) is { } run
        ? new ModelFeatureOptions { Model = run.Path }
        : throw new ConfigException(
            $"--features: missing, and no run in {runs} is a classifier of clean {images.Width}x{images.Height}x{images.Channels} images or a CLIP of them; "
            + "allowed: such a run (configs/classifier-guidance/clean-classifier-fashion-mnist.yaml trains one in two minutes), pytorch-fid's weights (.safetensors), or a TorchScript file");

    /// <inheritdoc/>
    public (Network Network, string Name, string Key) Model(string path)
    {
        var model = opened.At(path);
        var (plan, seen) = (model.Plan, model.Plan.Images);
        return (seen.Height, seen.Width, seen.Channels) == (images.Height, images.Width, images.Channels)
            ? (plan.Network, plan.Config.Name, WeightsHash(plan, model.Path))
            : throw new ConfigException(
                $"--features: {path} sees images of {seen.Width}x{seen.Height}x{seen.Channels}; allowed: a network of {images.Width}x{images.Height}x{images.Channels}");
    }

    /// <inheritdoc/>
    public string Hash(string file) => HashOf(file);

    /// <summary>Tells a model's weights from others.</summary>
    public static string WeightsHash(RunPlan plan, string path) => HashOf(Path.Combine(path, plan.Config.Objective.Folder, ModelFolder.WeightsFile));

    public void Dispose() => opened.Dispose();

    private static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private bool Fits(RunSummary run)
    {
        try
        {
            return run.Config is { } text && run.Checkpoints.NewestCounters() is not null
                && ConfigReader.Read<RunConfig>(text, run.Path, []) is { } config
                && (config.Network is ResNetOptions || config.Objective is ContrastiveOptions)
                && (config.Data.Resolution, config.Data.Channels) == (new Data.Resolution(images.Height, images.Width), images.Channels);
        }
        catch (ConfigException)
        {
            return false; // of another version
        }
    }
}
