using Diffuse.Configuration;
using Diffuse.Latents;
using Diffuse.Networks;

namespace Diffuse.Jobs;

/// <summary>Autoencoders that other models work in. They live as long as this.</summary>
internal sealed class LatentSources(DeviceChoice device) : ILatentSources, IDisposable
{
    private readonly OpenedModels opened = new(device);

    /// <inheritdoc/>
    public (Autoencoder Network, string Key) Autoencoder(string model)
    {
        var loaded = opened.At(model);
        return loaded.Plan.Network is Autoencoder network
            ? (network, FeatureSources.WeightsHash(loaded.Plan, loaded.Path))
            : throw new ConfigException($"latents: model: {model} holds no autoencoder; allowed: a run of objective autoencoding");
    }

    public void Dispose() => opened.Dispose();
}
