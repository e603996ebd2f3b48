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
    private readonly Model? denoiser;
    private readonly FeatureSources features;
    private GuideSources? sources;

    /// <param name="config">With everything <c>auto</c> decided, or it is decided here.</param>
    /// <param name="tokenizer">Of captions; null for images without.</param>
    /// <param name="frozen">The networks that it works with, which it disposes of; null: as the config names them.</param>
    /// <exception cref="ConfigException">The options do not fit each other or the images.</exception>
    public RunPlan(RunConfig config, ImageKind images, ITokenizer? tokenizer = null, FrozenNetworks? frozen = null)
    {
        (Config, Images) = (config, images);
        Device = Machine.Device(config.Device);
        var precision = Machine.Precision(config.Precision, Device);
        var process = config.Process.Build();
        Frozen = frozen ?? new FrozenNetworks(Device, precision);
        Latents = config.Latents.Build(Frozen);
        if (!Latents.IsPixels && config.Objective is not DenoisingOptions)
        {
            throw new ConfigException($"latents: objective {Kinds.NameOf(config.Objective.GetType())} sees images; allowed: with objective denoising only");
        }

        var shape = LatentShape;
        process.Prepare([.. shape.Select(side => (int)side)]);
        var sources = new ConditionSources((int)shape[0], images.Classes, tokenizer, precision, config.Seed) { Latents = Latents, Frozen = Frozen };
        Conditions = new Conditioning(config.Conditions ?? Default(config, images), sources, config.Objective.Withheld);
        Network = config.Network.Build(Conditions.Asks(config.Objective.Asks(new NetworkShape((int)shape[0], (int)shape[0], (int)shape[1], (int)shape[2]), sources)), precision, config.Seed);
        Network.to(Device);
        process.Learned?.to(Device);
        Conditions.LearnedText?.to(Device);
        Tokenizer = tokenizer ?? Conditions.Find<CaptionCondition>()?.Tokenizer;
        if (Latents is ClipLatents embeddings)
        {
            embeddings.Prior = Network as PriorTransformer ?? throw new ConfigException("latents: clip gives embeddings; allowed: with network: prior");
        }

        features = new FeatureSources(images, config.Device);
        var parameterization = config.Parameterization.Build(process);
        Network.CheckTimes(parameterization, process);
        Parts = new ObjectiveParts(Network, parameterization, process, Conditions, features);
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

    public FrozenNetworks Frozen { get; }

    /// <summary>Where diffusion runs.</summary>
    public ILatentSpace Latents { get; }

    public Conditioning Conditions { get; }

    public ITokenizer? Tokenizer { get; }

    public ObjectiveParts Parts { get; }

    public Network Network { get; }

    public ForwardProcess Process { get; }

    public IReadOnlyList<EvaluatorOptions> Evaluation => Config.Evaluation ?? (Config.Objective switch
    {
        NoisyClassificationOptions => [new AccuracyOptions()],
        ContrastiveOptions => [new RetrievalOptions()],
        AutoencodingOptions => [new ReconstructionOptions()],
        _ => Latents.IsPixels ? [new ValidationLossOptions(), new BitsPerDimOptions()] : [new ValidationLossOptions()],
    });

    /// <summary>The network as a denoiser.</summary>
    /// <exception cref="ConfigException">It is something else.</exception>
    public Model Model => denoiser ?? throw new ConfigException(
        $"the model was trained with objective {Kinds.NameOf(Config.Objective.GetType())}, which draws no images; allowed: a model of objective denoising");

    public bool IsDenoiser => denoiser is not null;

    /// <summary>Whether the network draws images.</summary>
    public bool DrawsImages => denoiser is not null && Latents.DrawsImages;

    public IObjective Objective { get; }

    /// <summary>As the section <c>sampling</c> says, on the process as it is now: a learned one changes.</summary>
    public Generation Generation => Generate(Config.Sampling);

    /// <summary>The classes that an image can be asked to be of: those that the network is told, or that a guide reads; none where it is neither.</summary>
    public IReadOnlyList<string> Choices => Knows<ClassCondition>() ? Images.Classes
        : Config.Sampling.Guides.Select(guide => (sources ??= new GuideSources(this)).Guide(guide.Guide).Choices).FirstOrDefault(choices => choices.Count > 0) ?? [];

    /// <summary>Whether the network is told such a thing.</summary>
    public bool Knows<T>()
        where T : IConditioner => Conditions.Find<T>() is not null;

    /// <summary>Whether the network is told an image, or what a CLIP makes of one.</summary>
    public bool NeedsImage => Knows<LowResolution>() || Knows<MaskedImage>() || Knows<ImageEmbedding>();

    public long Parameters => Objective.Trainable.parameters().Sum(parameter => parameter.numel());

    public void Dispose()
    {
        sources?.Dispose();
        features.Dispose();
        Network.Dispose();
        Process.Learned?.Dispose();
        Conditions.LearnedText?.Dispose();
        Frozen.Dispose();
    }

    /// <summary>For models that are only used: see <see cref="PrecisionOfTensors.Settle"/>.</summary>
    public void Settle()
    {
        Network.Settle();
        Conditions.LearnedText?.Settle();
    }

    /// <summary>A batch in the space where diffusion runs, beside its pixels.</summary>
    public Batch Encoded(Batch batch)
    {
        if (Latents.IsPixels)
        {
            return batch;
        }

        using var quiet = no_grad();
        var pixels = batch.Images;
        return batch with { Images = Latents.Encode(pixels), InPixels = pixels, Condition = batch.Condition with { Embedding = Conditions.Find<ImageEmbedding>()?.Of(pixels) } };
    }

    /// <param name="instead">What takes the place of no condition: what the images shall not show.</param>
    /// <exception cref="ConfigException">The sampler does not fit the process, or the model cannot be guided so.</exception>
    public Generation Generate(SamplingOptions sampling, NullCondition? instead = null)
    {
        var sampler = sampling.Sampler.Build(Process);
        if (!Latents.IsPixels && sampling.Guides.Count > 0)
        {
            throw new ConfigException("sampling.guides: guides see images, and the model works in latents; allowed: none");
        }

        var guided = Threshold(sampling).Around(ClassifierFree(sampling, instead ?? Conditions.Null));
        if (sampling.Guides.Count > 0)
        {
            var q = Process as NoiseSchedule ?? throw new ConfigException("sampling.guides: the gradient of a guide needs a process that adds Gaussian noise");
            if (sampling.Guides.Any(guide => guide.NeedsAncestralStep) && sampling.Sampler is not DdpmOptions)
            {
                throw new ConfigException("sampling.guides: form mean shifts the mean of sampler ddpm's step; allowed: sampler ddpm, or form score");
            }

            sources ??= new GuideSources(this);
            guided = sampling.Guides.Aggregate(guided, (inner, guide) => new UpToNoise(guide.Around(inner, q, sources), inner, q, guide.MaxNoise));
            var repeats = sampling.Guides.Max(guide => guide.Repeats);
            sampler = repeats == 1 ? sampler
                : sampler is StepSampler ? new Recurrence(sampler, q, repeats)
                : throw new ConfigException("sampling.guides: recurrence repeats single steps; allowed: a sampler that looks at no earlier ones, such as ddim or ddpm");
        }

        var grid = sampling.Grid.Build(Process, sampling.Steps);
        return new Generation(guided, Process, sampler, grid, Latents, LatentShape, Device);
    }

    /// <summary>Where estimates are held: in pixels, unless it is said otherwise, in their range.</summary>
    public ThresholdOptions Threshold(SamplingOptions sampling) => sampling.Threshold ?? (Latents.IsPixels ? new ClampOptions() : new NoThresholdOptions());

    private IDenoiser ClassifierFree(SamplingOptions sampling, NullCondition? none)
    {
        if (none is null && sampling.Autoguidance.Length == 0)
        {
            return Model;
        }

        if (none?.Caption is { } caption)
        {
            using var noGradients = no_grad();
            var read = Model.Read(new Condition(Caption: caption.to(Device)));
            none = none with { Tokens = read.Tokens, Embedding = read.Embedding, TokenMask = read.TokenMask };
        }

        return new ClassifierFree(Model, sampling.Guidance, none ?? new NullCondition())
        {
            Interval = sampling.GuidanceInterval is [var low, var high]
                ? (Process as NoiseSchedule ?? throw new ConfigException("sampling.guidance_interval: the process has no noise levels"), low, high)
                : null,
            Rescale = sampling.GuidanceRescale,
            Weaker = sampling.Autoguidance.Length == 0 ? null : (sources ??= new GuideSources(this)).Denoiser(sampling.Autoguidance),
        };
    }

    /// <summary>[C, H, W].</summary>
    private IReadOnlyList<long> LatentShape => Latents.ShapeOf([Images.Channels, Images.Height, Images.Width]);

    /// <summary>A denoiser is told the class, where there are labels.</summary>
    private static IReadOnlyList<ConditionOptions> Default(RunConfig config, ImageKind images) =>
        config.Objective is DenoisingOptions && images.Classes.Count > 0 ? [new ClassOptions()] : [];
}
