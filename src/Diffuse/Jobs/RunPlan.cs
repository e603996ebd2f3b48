using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Guidance;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Samplers;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>The images that a model is about.</summary>
/// <param name="Classes">Class names by label; empty for an unconditional model.</param>
/// <param name="Captions">A few captions of images that were not trained on, to draw from where no other is asked for; null without captions.</param>
internal sealed record ImageKind(int Height, int Width, int Channels, IReadOnlyList<string> Classes, IReadOnlyList<string>? Captions = null);

/// <summary>
/// The one place where options become objects: a config and the kind of its images give a network on its device, what it minimizes, and how
/// images are drawn from it.
/// </summary>
internal sealed class RunPlan : IDisposable
{
    private readonly ILatentSpace latents = new Pixels();
    private readonly Model? denoiser;

    /// <param name="config">With everything <c>auto</c> decided, or it is decided here.</param>
    /// <param name="network">Another network than the config's; it is moved to the device.</param>
    /// <param name="tokenizer">Of captions; null for images without.</param>
    /// <exception cref="ConfigException">The options do not fit each other or the images.</exception>
    public RunPlan(RunConfig config, ImageKind images, ITokenizer? tokenizer = null, Network? network = null)
    {
        (Config, Images, Tokenizer) = (config, images, tokenizer);
        Device = Machine.Device(config.Device);
        var precision = Machine.Precision(config.Precision, Device);
        var process = config.Process.Build();
        process.Prepare([images.Channels, images.Height, images.Width]);
        var sources = new ConditionSources(images.Channels, images.Classes, tokenizer, precision, config.Seed);
        Conditions = new Conditioning(config.Conditions ?? Default(config, images), sources, config.Objective.Withheld);
        Network = network ?? config.Network.Build(Conditions.Asks(config.Objective.Asks(Shape(images), sources)), precision, config.Seed);
        Network.to(Device);
        process.Learned?.to(Device);
        Conditions.Text?.to(Device);
        Parts = new ObjectiveParts(Network, config.Parameterization.Build(process), process, Conditions);
        Process = process;
        Objective = config.Objective.Build(Parts);
        if (config.Objective is DenoisingOptions)
        {
            denoiser = Parts.Model;
            Generate(config.Sampling);
        }
    }

    public RunConfig Config { get; }

    public ImageKind Images { get; }

    public Device Device { get; }

    public Conditioning Conditions { get; }

    public ITokenizer? Tokenizer { get; }

    public ObjectiveParts Parts { get; }

    public Network Network { get; }

    public ForwardProcess Process { get; }

    public IReadOnlyList<EvaluatorOptions> Evaluation => Config.Evaluation ?? (Config.Objective switch
    {
        NoisyClassificationOptions => [new AccuracyOptions()],
        ContrastiveOptions => [new RetrievalOptions()],
        _ => [new ValidationLossOptions(), new BitsPerDimOptions()],
    });

    /// <summary>The network as a denoiser.</summary>
    /// <exception cref="ConfigException">It is something else.</exception>
    public Model Model => denoiser ?? throw new ConfigException(
        $"the model was trained with objective {Kinds.NameOf(Config.Objective.GetType())}, which draws no images; allowed: a model of objective denoising");

    /// <summary>Whether the network draws images.</summary>
    public bool IsDenoiser => denoiser is not null;

    public IObjective Objective { get; }

    /// <summary>As the section <c>sampling</c> says, on the process as it is now: a learned one changes.</summary>
    public Generation Generation => Generate(Config.Sampling);

    /// <summary>Whether the network is told such a thing.</summary>
    public bool Knows<T>()
        where T : IConditioner => Conditions.Find<T>() is not null;

    public long Parameters => Objective.Trainable.parameters().Sum(parameter => parameter.numel());

    public void Dispose()
    {
        Network.Dispose();
        Process.Learned?.Dispose();
        Conditions.Text?.Dispose();
    }

    /// <param name="instead">What takes the place of no condition: what the images shall not show.</param>
    /// <exception cref="ConfigException">The sampler does not fit the process, or the model cannot be guided.</exception>
    public Generation Generate(SamplingOptions sampling, NullCondition? instead = null)
    {
        var none = instead ?? Conditions.Null;
        IDenoiser guided = none is null ? Model : new ClassifierFree(Model, sampling.Guidance, none);
        return new Generation(
            sampling.Threshold.Around(guided),
            Process,
            sampling.Sampler.Build(Process),
            sampling.Grid.Build(Process, sampling.Steps),
            latents,
            [Images.Channels, Images.Height, Images.Width],
            Device);
    }

    private static NetworkShape Shape(ImageKind images) => new(images.Channels, images.Channels, images.Height, images.Width);

    /// <summary>A denoiser is told the class, where there are labels.</summary>
    private static IReadOnlyList<ConditionOptions> Default(RunConfig config, ImageKind images) => config.Objective is DenoisingOptions && images.Classes.Count > 0 ? [new ClassOptions()] : [];
}
