using Diffuse.Configuration;

namespace Diffuse.Jobs;

/// <summary>Models that serve another, each opened once, on its device. They live as long as this.</summary>
internal sealed class OpenedModels(DeviceChoice device) : IDisposable
{
    private readonly Dictionary<string, LoadedModel> opened = [];

    /// <summary>The model of a run or checkpoint.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    public LoadedModel At(string path) => opened.TryGetValue(path, out var model)
        ? model
        : opened[path] = LoadedModel.OpenToServe(path, device);

    public void Dispose()
    {
        foreach (var model in opened.Values)
        {
            model.Dispose();
        }
    }
}
