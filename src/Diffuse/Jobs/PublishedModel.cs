using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>
/// A model that others trained, in our words: a pipeline folder of diffusers (DDPMPipeline, DDIMPipeline, LDMPipeline, StableDiffusionPipeline), or a single file
/// of OpenAI's improved- or guided-diffusion or of Stable Diffusion. What a file does not say stands in a config of its name beside it, <c>model.yaml</c> for
/// <c>model.ckpt</c>: <c>data.resolution</c>, <c>process</c>, <c>parameterization</c>, <c>network: { kind: published, heads: 4 }</c>, <c>sampling</c>.
/// </summary>
internal static class PublishedModel
{
    /// <summary>What names the parts of a folder.</summary>
    public const string IndexFile = "model_index.json";

    /// <summary>Of a pipeline of texts: diffusers' own.</summary>
    private const double TextGuidance = 7.5;

    /// <summary>Images where no other number is asked for: large models are slow.</summary>
    private const int TextImages = 4, ClassImages = 16;

    /// <summary>Side of Stable Diffusion's latents.</summary>
    private const int StableDiffusionSize = 64;

    private static readonly Resolution unknown = new(1, 1);

    private static readonly string[] parts = ["unet", "scheduler", ModelFolder.Autoencoder, ModelFolder.LdmAutoencoder, ModelFolder.Text, ModelFolder.Tokenizer];
    private static readonly string[] passedOver = ["safety_checker", "feature_extractor", "image_encoder"];

    /// <summary>OpenAI's channel multipliers for sizes of images, which their files do not say.</summary>
    private static readonly (double[] Multipliers, int Size)[] openAISizes =
    [
        ([1, 2, 2, 2], 32), ([1, 2, 3, 4], 64), ([1, 1, 2, 3, 4], 128), ([1, 1, 2, 2, 4, 4], 256), ([0.5, 1, 1, 2, 2, 4, 4], 512),
    ];

    /// <summary>Its config and the kind of its images.</summary>
    /// <param name="report">Told what is passed over.</param>
    /// <exception cref="ConfigException">A part is missing, or there is one that has no counterpart here, by name.</exception>
    public static (RunConfig Config, ImageKind Images) Read(string path, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        var isFolder = Directory.Exists(path);
        if (isFolder)
        {
            CheckParts(path, report);
        }

        var network = new PublishedUNetOptions { Model = path };
        var (unet, weights) = Published.UNet(path, network);
        weights.Dispose();
        var autoencoder = Published.HasAutoencoder(path) ? Config(Published.Autoencoder(path)) : null;
        var text = Published.HasText(path) ? Config(Published.Text(path)) : null;
        if (unet.InChannels != (autoencoder?.LatentChannels ?? unet.InChannels) || (autoencoder is null && unet.InChannels is not (1 or 3)))
        {
            throw new ConfigException($"{path}: in_channels: found {unet.InChannels}; allowed: {(autoencoder is null ? "1 (grey) or 3 (RGB)" : $"{autoencoder.LatentChannels}, those of the latents")}");
        }

        if (unet.CrossAttentionDim != text?.HiddenSize)
        {
            throw new ConfigException(
                $"{path}: cross_attention_dim: found {unet.CrossAttentionDim?.ToString() ?? "nothing"}; allowed: {text?.HiddenSize.ToString() ?? "nothing"}, the width of {(text is null ? "no text encoder" : "the text encoder")}");
        }

        var written = isFolder ? DiffusersScheduler.Read(Part(path, DiffusersScheduler.FileName)) : OfFile(path, unet);
        var labels = isFolder ? Math.Max((unet.NumClassEmbeds ?? 1) - 1, 0) : unet.NumClassEmbeds ?? 0;
        written = written with
        {
            Latents = autoencoder is null ? written.Latents : new AutoencoderLatentOptions { Model = path, Scale = autoencoder.ScalingFactor },
            Network = network,
            Conditions = text is not null ? [Caption(path, text)] : labels > 0 && !isFolder ? [new ClassOptions { Dropout = 0 }] : written.Conditions,
            Sampling = text is null ? written.Sampling : written.Sampling with { Guidance = TextGuidance, Count = TextImages },
        };
        var channels = autoencoder?.InChannels ?? unet.InChannels;
        written = written with { Data = written.Data with { Resolution = Size(unet, autoencoder) ?? unknown, Channels = channels } };
        var beside = Path.ChangeExtension(path, ".yaml");
        var config = isFolder || !File.Exists(beside) ? ConfigReader.Read("{}", path, overrides, written) : ConfigReader.Read(File.ReadAllText(beside), beside, overrides, written);
        config = config.Network is PublishedUNetOptions given
            ? config with { Network = given with { Model = path } }
            : throw new ConfigException($"{beside}: network: found {Kinds.NameOf(config.Network.GetType())}; allowed: published");
        var size = config.Data.Resolution;
        return size != unknown
            ? (config, new ImageKind(size.Height, size.Width, channels, [.. Enumerable.Range(0, labels).Select(label => $"class {label}")]))
            : throw new ConfigException($"{path}: found no size of its images; allowed: data: {{ resolution: 64 }} in {beside}");
    }

    private static T Config<T>((T Config, Numerics.TensorFile Weights) read)
    {
        read.Weights.Dispose();
        return read.Config;
    }

    private static CaptionOptions Caption(string path, TextEncoderConfig text)
    {
        var isFolder = Directory.Exists(path);
        var folder = isFolder ? Path.Combine(path, ModelFolder.Tokenizer) : Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!File.Exists(Path.Combine(folder, BytePairTokenizer.VocabularyFile)) || !File.Exists(Path.Combine(folder, BytePairTokenizer.MergesFile)))
        {
            throw new ConfigException(
                $"{folder} holds no tokenizer for {path}; allowed: CLIP's {BytePairTokenizer.VocabularyFile} and {BytePairTokenizer.MergesFile}{(isFolder ? "" : " beside the file")}");
        }

        var options = new TokenizerOptions { Path = folder, Length = text.MaxPositionEmbeddings, Padding = isFolder ? null : text.HiddenAct == "gelu" ? "!" : BytePairTokenizer.End };
        var tokens = options.Build([]).Count;
        return tokens == text.VocabSize
            ? new CaptionOptions { Tokenizer = options, Encoder = text.ToOptions(), Pooled = false, Dropout = 0.1 }
            : throw new ConfigException($"{path}: found a tokenizer of {tokens} tokens; allowed: {text.VocabSize}, which the text encoder knows");
    }

    /// <summary>The betas of CompVis' files; OpenAI's leave them to their readers, whose first are meant.</summary>
    private static RunConfig OfFile(string path, UNet2DConfig unet)
    {
        var learned = unet.OutChannels == 2 * unet.InChannels;
        return new RunConfig
        {
            Process = Published.Betas(path) is { } betas ? new ListedOptions { Values = betas, Steps = betas.Count } : new LinearOptions(),
            Parameterization = new Parameterizations.EpsOptions(),
            Objective = new DenoisingOptions { Loss = learned ? new HybridLossOptions() : new SimpleLossOptions() },
            Sampling = new SamplingOptions { Sampler = learned ? new DdpmOptions { Variance = Denoising.Variance.Learned } : new DdimOptions(), Steps = learned ? 250 : 50, Count = ClassImages },
        };
    }

    private static Resolution? Size(UNet2DConfig unet, AutoencoderConfig? autoencoder)
    {
        var factor = autoencoder?.Factor ?? 1;
        var multipliers = unet.BlockOutChannels.Select(channels => channels / (double)unet.BlockOutChannels[0]).ToList();
        var known = autoencoder is not null ? StableDiffusionSize
            : openAISizes.FirstOrDefault(one => multipliers.SequenceEqual(one.Multipliers.Select(multiplier => multiplier / one.Multipliers[0]))).Size;
        return unet.SampleSize is { } size ? new(size[0] * factor, size[1] * factor) : known > 0 ? new(known * factor, known * factor) : null;
    }

    private static string Part(string path, string name) => Path.Combine(path, name) is var file && File.Exists(file)
        ? file
        : throw new ConfigException($"--model: {path} holds no {name}; allowed: a checkpoint of diffuse, or a diffusers folder with {DiffusersScheduler.FileName}, unet/config.json and unet/{ModelFolder.WeightsFile}");

    private static void CheckParts(string path, Action<string> report)
    {
        var file = Path.Combine(path, IndexFile);
        if (!File.Exists(file))
        {
            return;
        }

        try
        {
            foreach (var (name, value) in JsonNode.Parse(File.ReadAllText(file))!.AsObject())
            {
                var there = value is JsonArray { Count: 2 } part && part[0] is not null;
                if (there && passedOver.Contains(name))
                {
                    report($"{path}: {name} is not used here");
                }
                else if (there && !parts.Contains(name))
                {
                    throw new ConfigException($"{file}: found the part {name}; allowed: {string.Join(", ", parts)}");
                }
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new ConfigException($"{file}: {broken.Message}");
        }
    }
}
