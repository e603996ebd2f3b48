using System.Security.Cryptography;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Opens the networks in whose features images are compared. They live as long as this.</summary>
/// <param name="images">What they are to see.</param>
internal sealed class FeatureSources(ImageKind images, DeviceChoice device) : IFeatureSources, IDisposable
{
    /// <summary>How the name of NVIDIA's TorchScript of Inception begins.</summary>
    private const string NvidiaInception = "inception-2015-12-05";

    internal const string Allowed = "pytorch-fid's Inception weights (.pth, .safetensors), or a TorchScript file";

    private readonly OpenedModels opened = new(device);

    /// <inheritdoc/>
    public Device Device { get; } = Machine.Device(device);

    /// <inheritdoc/>
    public int Channels => images.Channels;

    /// <summary>The options that a path on the command line stands for: a run, weights of Inception, or a script.</summary>
    /// <param name="dims">Of Inception's features; null: all.</param>
    /// <exception cref="ConfigException">There is nothing, or it has no choice of features.</exception>
    public static FeatureOptions At(string path, int? dims)
    {
        FeatureOptions options = Directory.Exists(path) ? new ModelFeatureOptions { Model = path }
            : !File.Exists(path) ? throw new ConfigException($"--features: found '{path}', which is not there; allowed: a run of network resnet or of objective contrastive, {Allowed}")
            : ScriptFile.Is(path) && !Path.GetFileName(path).StartsWith(NvidiaInception, StringComparison.OrdinalIgnoreCase) ? new ScriptFeatureOptions { File = path }
            : new InceptionFeatureOptions { File = path };
        return (options, dims) switch
        {
            (InceptionFeatureOptions inception, { } some) => inception with { Dims = some },
            (_, { } some) => throw new ConfigException($"--dims: found {some} for '{path}'; allowed: with Inception's weights only"),
            _ => options,
        };
    }

    /// <summary>The newest trained classifier of clean images, or CLIP, of such images.</summary>
    /// <param name="runs">The folder of the run folders.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public FeatureOptions Newest(string runs) => RunFolder.List(runs).FirstOrDefault(Fits) is { } run
        ? new ModelFeatureOptions { Model = run.Path }
        : throw new ConfigException(
            $"--features: missing, and no run in {runs} is a classifier of clean {images.Width}x{images.Height}x{images.Channels} images or a CLIP of them; "
            + $"allowed: such a run (configs/classifier-guidance/clean-classifier-fashion-mnist.yaml trains one in two minutes), {Allowed}");

    /// <inheritdoc/>
    public (Network Network, string Name, string Key) Model(string path)
    {
        var model = Named(path, () => opened.At(path));
        var (plan, seen) = (model.Plan, model.Plan.Images);
        foreach (var parameter in plan.Network.parameters())
        {
            parameter.requires_grad = false; // it judges and does not learn
        }

        return (seen.Height, seen.Width, seen.Channels) == (images.Height, images.Width, images.Channels)
            ? (plan.Network, plan.Config.Name, WeightsHash(plan, model.Path))
            : throw new ConfigException(
                $"--features: {path} sees images of {seen.Width}x{seen.Height}x{seen.Channels}; allowed: a network of {images.Width}x{images.Height}x{images.Channels}");
    }

    /// <inheritdoc/>
    public string Hash(string file) => HashOf(file);

    /// <summary>Tells a model's weights from others.</summary>
    public static string WeightsHash(RunPlan plan, string path) => HashOf(File.Exists(path) ? path : ModelFolder.WeightsIn(Path.Combine(path, plan.Config.Objective.Folder)));

    public void Dispose() => opened.Dispose();

    /// <summary>A model, with what is wrong told of the option that it came by.</summary>
    internal static LoadedModel Named(string path, Func<LoadedModel> open)
    {
        try
        {
            return ConfigException.Of("--model:", "--features", open);
        }
        catch (ConfigException wrong)
        {
            throw new ConfigException([
                .. wrong.Problems,
                $"--features: {path} is no network whose features can be taken; allowed: a run of network resnet or of objective contrastive, {Allowed}",
            ]);
        }
    }

    internal static string HashOf(string file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in Numerics.ShardedFile.FilesOf(file))
        {
            using var stream = File.OpenRead(part);
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
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
