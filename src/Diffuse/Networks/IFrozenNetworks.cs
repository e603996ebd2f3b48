using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>Networks that were trained before, and with which another works as they are. Each is opened once and lives as long as this.</summary>
public interface IFrozenNetworks
{
    /// <summary>The autoencoder of a run, a checkpoint or a folder of diffusers, and what tells its weights from others.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    (Autoencoder Network, string Key) Autoencoder(string model);

    /// <summary>The CLIP of a run, a checkpoint or a folder of published weights, and what tells its weights from others.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    (PublishedClip Network, string Key) Clip(string model);
}
