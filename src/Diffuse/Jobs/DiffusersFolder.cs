using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>
/// A pipeline folder of diffusers as a model of ours: DDPMPipeline and DDIMPipeline (a U-Net on pixels), LDMPipeline (with a vae or vqvae), and
/// StableDiffusionPipeline (with a text encoder and a tokenizer too).
/// </summary>
internal static class DiffusersFolder
{
    /// <summary>What names the parts.</summary>
    public const string IndexFile = "model_index.json";

    /// <summary>Of a pipeline of texts: diffusers' own.</summary>
    private const double TextGuidance = 7.5;

    private const int TextImages = 4;

    private static readonly string[] parts = ["unet", "scheduler", ModelFolder.Autoencoder, ModelFolder.LdmAutoencoder, ModelFolder.Text, ModelFolder.Tokenizer];
    private static readonly string[] passedOver = ["safety_checker", "feature_extractor", "image_encoder", "requires_safety_checker"];

    /// <summary>The plan of its model; weights of the U-Net and of the text encoder are not loaded yet.</summary>
    /// <param name="report">Told what is passed over.</param>
    /// <exception cref="ConfigException">A part is missing, or there is one that has no counterpart here, by name.</exception>
    public static RunPlan Open(string path, IReadOnlyList<ConfigOverride> overrides, Action<string> report)
    {
        CheckParts(path, report);
        var scheduler = Part(path, DiffusersScheduler.FileName);
        var network = Part(path, $"unet/{ModelFolder.ConfigFile}");
        Part(path, Path.GetRelativePath(path, ModelFolder.WeightsIn(Path.Combine(path, "unet"))));
        var unet = UNet2DConfig.FromJson(File.ReadAllText(network), network);
        var size = unet.SampleSize ?? throw new ConfigException($"{network}: sample_size: found nothing; allowed: the size of the images");
        var vae = new[] { ModelFolder.Autoencoder, ModelFolder.LdmAutoencoder }.Select(name => Path.Combine(path, name, ModelFolder.ConfigFile)).FirstOrDefault(File.Exists);
        var autoencoder = vae is null ? null : AutoencoderConfig.FromJson(File.ReadAllText(vae), vae);
        if (unet.InChannels != (autoencoder?.LatentChannels ?? unet.InChannels) || (autoencoder is null && unet.InChannels is not (1 or 3)))
        {
            throw new ConfigException($"{network}: in_channels: found {unet.InChannels}; allowed: {(autoencoder is null ? "1 (grey) or 3 (RGB)" : $"{autoencoder.LatentChannels}, those of the latents")}");
        }

        var text = unet.CrossAttentionDim is null ? null : TextEncoderConfig.Read(Part(path, $"{ModelFolder.Text}/{ModelFolder.ConfigFile}"));
        var tokenizer = text is null ? null : Tokenizer(path, text);
        if (text is not null && unet.CrossAttentionDim != text.HiddenSize)
        {
            throw new ConfigException($"{network}: cross_attention_dim: found {unet.CrossAttentionDim}; allowed: {text.HiddenSize}, the width of the text encoder");
        }

        var written = DiffusersScheduler.Read(scheduler);
        written = written with
        {
            Latents = vae is null ? written.Latents : new AutoencoderLatentOptions { Model = path },
            Conditions = text is null ? written.Conditions :
            [
                new CaptionOptions { Tokenizer = new TokenizerOptions { Length = text.MaxPositionEmbeddings }, Encoder = text.ToOptions(), Pooled = unet.ClassEmbedType == "projection", Dropout = 0.1 },
            ],
            Sampling = text is null ? written.Sampling : written.Sampling with { Guidance = TextGuidance, Count = TextImages },
        };
        var config = ConfigReader.Read<RunConfig>(written.Write(), scheduler, overrides);
        var device = Machine.Device(config.Device);
        var precision = Machine.Precision(config.Precision, device);
        var classes = Enumerable.Range(0, Math.Max((unet.NumClassEmbeds ?? 1) - 1, 0)).Select(label => $"class {label}").ToList();
        return new RunPlan(
            config,
            new ImageKind(size[0] * (autoencoder?.Factor ?? 1), size[1] * (autoencoder?.Factor ?? 1), autoencoder?.InChannels ?? unet.InChannels, classes),
            tokenizer,
            new UNet(unet, precision, config.Seed),
            new FrozenNetworks(device, precision, path));
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

    private static BytePairTokenizer Tokenizer(string path, TextEncoderConfig text)
    {
        Part(path, $"{ModelFolder.Tokenizer}/{BytePairTokenizer.VocabularyFile}");
        Part(path, $"{ModelFolder.Tokenizer}/{BytePairTokenizer.MergesFile}");
        var tokenizer = BytePairTokenizer.Read(Path.Combine(path, ModelFolder.Tokenizer), text.MaxPositionEmbeddings);
        return tokenizer.Count == text.VocabSize
            ? tokenizer
            : throw new ConfigException($"{path}: found a tokenizer of {tokenizer.Count} tokens; allowed: {text.VocabSize}, which the text encoder knows");
    }
}
