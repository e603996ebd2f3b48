using Diffuse.Configuration;
using Diffuse.Latents;
using Diffuse.Networks;

namespace Diffuse.Jobs;

/// <summary>Opens the autoencoders that other models work in.</summary>
internal sealed class LatentSources(DeviceChoice device) : ILatentSources
{
    /// <inheritdoc/>
    public (Autoencoder Network, string Key) Autoencoder(string model)
    {
        var loaded = LoadedModel.OpenToServe(model, device);
        if (loaded.Plan.Network is Autoencoder network)
        {
            return (network, FeatureSources.WeightsHash(loaded.Plan, loaded.Path));
        }

        loaded.Dispose();
        throw new ConfigException($"latents: model: {model} holds no autoencoder; allowed: a run of objective autoencoding");
    }
}
