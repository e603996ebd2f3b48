using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>The images that a model is about.</summary>
/// <param name="Classes">Class names by label; empty for an unconditional model.</param>
internal sealed record ImageKind(int Height, int Width, int Channels, IReadOnlyList<string> Classes);

/// <summary>
/// The one place where options become objects: a config and the kind of its images give a model on its device, what it minimizes, and how
/// images are drawn from it.
/// </summary>
internal sealed class RunPlan : IDisposable
{
    private readonly ILatentSpace latents = new Pixels();

    /// <param name="config">With everything <c>auto</c> decided, or it is decided here.</param>
    /// <param name="network">Another network than the config's; it is moved to the device.</param>
    /// <exception cref="ConfigException">The options do not fit each other or the images.</exception>
    public RunPlan(RunConfig config, ImageKind images, Network? network = null)
    {
        (Config, Images) = (config, images);
        Device = Machine.Device(config.Device);
        var process = config.Process.Build();
        process.Prepare([images.Channels, images.Height, images.Width]);
        var parameterization = config.Parameterization.Build(process);
        None = images.Classes.Count > 0 ? new NullCondition(images.Classes.Count) : null;
        network ??= config.Network.Build(Shape(config, images), Machine.Precision(config.Precision, Device), config.Seed);
        network.to(Device);
        process.Learned?.to(Device);
        Model = new Model(network, parameterization, process);
        Objective = config.Objective.Build(Model, None);
        Generate(config.Sampling);
    }

    public RunConfig Config { get; }

    public ImageKind Images { get; }

    public Device Device { get; }

    public Model Model { get; }

    /// <summary>Null for an unconditional model.</summary>
    public NullCondition? None { get; }

    public IObjective Objective { get; }

    /// <summary>As the section <c>sampling</c> says, on the process as it is now: a learned one changes.</summary>
    public Generation Generation => Generate(Config.Sampling);

    public long Parameters => Model.Network.parameters().Sum(parameter => parameter.numel());

    public static NetworkShape Shape(RunConfig config, ImageKind images) => new(
        images.Channels,
        images.Channels * (config.Objective.LearnsVariance ? 2 : 1),
        images.Height,
        images.Width,
        images.Classes.Count > 0 ? images.Classes.Count : null);

    public void Dispose()
    {
        Model.Network.Dispose();
        Model.Process.Learned?.Dispose();
    }

    private Generation Generate(SamplingOptions sampling)
    {
        IDenoiser denoiser = None is null ? Model : new ClassifierFree(Model, sampling.Guidance, None);
        return new Generation(
            sampling.Threshold.Around(denoiser),
            Model.Process,
            sampling.Sampler.Build(Model.Process),
            sampling.Grid.Build(Model.Process, sampling.Steps),
            latents,
            [Images.Channels, Images.Height, Images.Width],
            Device);
    }
}
