using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Opens the networks that others work with, on their device.</summary>
/// <param name="checkpoint">The one that holds copies, which are read in place of what is named; null: what is named is.</param>
internal sealed class FrozenNetworks(Device device, Precision precision, string? checkpoint = null) : IFrozenNetworks, IDisposable
{
    private readonly Dictionary<string, (Autoencoder Network, string Key)> opened = [];
    private readonly Dictionary<string, (PublishedClip Network, string Key)> clips = [];

    /// <summary>The CLIP that was asked for; null: none was.</summary>
    public PublishedClip? OpenedClip => clips.Values.FirstOrDefault().Network;

    /// <inheritdoc/>
    public (Autoencoder Network, string Key) Autoencoder(string model) => Once(opened, model, path =>
    {
        var (config, weights) = ConfigException.Of(path, $"latents: model: {model}", () => Published.Autoencoder(path));
        using (weights)
        {
            var network = Networks.Autoencoder.Of(config, precision, seed: 0);
            LoadedModel.Load(network, weights);
            network.to(device);
            network.eval();
            return (network, FeatureSources.HashOf(File.Exists(path) ? path : weights.Path));
        }
    });

    /// <inheritdoc/>
    public (PublishedClip Network, string Key) Clip(string model) => Once(clips, model, path =>
    {
        var own = Path.Combine(path, ModelFolder.Clip);
        var (folder, tokenizer) = Directory.Exists(own) ? (own, Path.Combine(path, ModelFolder.Tokenizer)) : (path, path);
        if ((File.Exists(path) ? path : TensorFile.In(folder)) is not { } weights)
        {
            throw new ConfigException($"{model} holds no CLIP; allowed: a run of objective contrastive, a folder of published weights, or a file of OpenAI's");
        }

        var clip = PublishedClip.Read(folder, tokenizer, precision);
        clip.Clip.to(device);
        return (clip, FeatureSources.HashOf(weights));
    });

    public void Dispose()
    {
        foreach (var (network, _) in opened.Values)
        {
            network.Dispose();
        }

        foreach (var (network, _) in clips.Values)
        {
            network.Clip.Dispose();
        }
    }

    private T Once<T>(Dictionary<string, T> known, string model, Func<string, T> open)
    {
        if (known.TryGetValue(model, out var there))
        {
            return there;
        }

        try
        {
            return known[model] = open(checkpoint ?? LoadedModel.FolderOf(ModelChoice.At(model), _ => { }));
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException)
        {
            throw new ConfigException(damaged.Message);
        }
    }
}
