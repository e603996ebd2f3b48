using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// The networks of a model that others trained: a pipeline folder of diffusers, or a single file of OpenAI's or CompVis' (safetensors, or what torch.save wrote).
/// </summary>
public static class Published
{
    /// <summary>What Stable Diffusion's latents are scaled by.</summary>
    private const double StableDiffusionScale = 0.18215;

    private const string ConfigFile = "config.json";

    private static readonly string[] autoencoders = ["vae", "vqvae", "."];

    /// <summary>Its U-Net and the weights, which the caller disposes of.</summary>
    /// <param name="given">What a single file does not say.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public static (UNet2DConfig Config, TensorFile Weights) UNet(string path, PublishedUNetOptions given) => Read(path, "U-Net", ["unet"], UNet2DConfig.FromJson, config => Shapes(new UNet(config, Precision.Fp32, seed: null)), file =>
    {
        if (OpenAIUNetFile.Prefix(file) is not { } prefix)
        {
            return null;
        }

        var config = OpenAIUNetFile.Config(file, prefix, given.Heads, given.HeadSize, given.NewAttentionOrder);
        return (config.ToDiffusers(), OpenAIUNetFile.Renamed(path, file, prefix, config));
    });

    /// <inheritdoc cref="UNet"/>
    public static (AutoencoderConfig Config, TensorFile Weights) Autoencoder(string path) => Read(path, "autoencoder", autoencoders, AutoencoderConfig.FromJson, config => Shapes(Networks.Autoencoder.Of(config, Precision.Fp32, seed: null)), file =>
    {
        if (CompVisAutoencoder.Prefix(file) is not { } prefix)
        {
            return null;
        }

        var scale = Beside(file, "scale_factor") is [var stored] ? stored : CompVisAutoencoder.IsQuantized(file, prefix) ? 1 : StableDiffusionScale;
        var config = CompVisAutoencoder.Config(file, prefix, scale);
        return (config, CompVisAutoencoder.Renamed(path, file, prefix, config));
    });

    /// <inheritdoc cref="UNet"/>
    public static (TextEncoderConfig Config, TensorFile Weights) Text(string path) => Read(path, "text encoder", ["text_encoder"], TextEncoderConfig.FromJson, TextShapes, file =>
    {
        if (CompVisTextEncoder.Prefix(file) is not { } prefix)
        {
            return null;
        }

        var config = CompVisTextEncoder.Config(file, prefix);
        return (config, CompVisTextEncoder.Renamed(path, file, prefix, config));
    });

    /// <summary>beta_1 to beta_T that a file of CompVis' holds; null where there are none.</summary>
    public static IReadOnlyList<double>? Betas(string path)
    {
        using var file = Opened(path);
        return Beside(file, "betas");
    }

    /// <summary>Whether a folder or file has such a network.</summary>
    public static bool HasAutoencoder(string path) => Has(path, ["vae", "vqvae"], CompVisAutoencoder.Prefix);

    /// <inheritdoc cref="HasAutoencoder"/>
    public static bool HasText(string path) => Has(path, ["text_encoder"], CompVisTextEncoder.Prefix);

    /// <summary>A tensor of numbers that CompVis' trainer keeps beside the networks.</summary>
    private static IReadOnlyList<double>? Beside(TensorFile file, string name)
    {
        if (new[] { name, "state_dict." + name }.FirstOrDefault(file.Contains) is not { } stored)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        return file.Read(stored).to(float64).flatten().data<double>().ToArray();
    }

    private static bool Has(string path, string[] folders, Func<TensorFile, string?> prefix)
    {
        if (Directory.Exists(path))
        {
            return folders.Any(name => File.Exists(Path.Combine(path, name, ConfigFile)));
        }

        using var file = Opened(path);
        return prefix(file) is not null;
    }

    private static (T Config, TensorFile Weights) Read<T>(string path, string what, string[] folders, Func<string, string, T> fromJson, Func<T, IReadOnlyList<(string Name, long[] Shape)>> shapes, Func<TensorFile, (T, TensorFile)?> ofFile)
    {
        var (config, weights) = Found(path, what, folders, fromJson, ofFile);
        try
        {
            var stored = weights.Names.ToDictionary(DiffusersNames.Current, name => name);
            foreach (var (name, shape) in shapes(config))
            {
                weights.CheckShape(stored.GetValueOrDefault(name, name), shape);
            }

            return (config, weights);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or ConfigException or ArgumentException)
        {
            weights.Dispose();
            throw damaged as ConfigException ?? new ConfigException(damaged.Message);
        }
    }

    /// <summary>Names and shapes of a network without memory: weights are held against them before any is made.</summary>
    private static IReadOnlyList<(string Name, long[] Shape)> Shapes(nn.Module skeleton)
    {
        using (skeleton)
        {
            return [.. skeleton.named_parameters().Select(named => (named.name, named.parameter.shape))];
        }
    }

    private static IReadOnlyList<(string Name, long[] Shape)> TextShapes(TextEncoderConfig config)
    {
        using var skeleton = new TextEncoder(config.ToOptions(), config.VocabSize, config.MaxPositionEmbeddings, Precision.Fp32, seed: null);
        return [.. skeleton.Tensors.Select(named => (named.Key, named.Value.shape))];
    }

    private static (T Config, TensorFile Weights) Found<T>(string path, string what, string[] folders, Func<string, string, T> fromJson, Func<TensorFile, (T, TensorFile)?> ofFile)
    {
        if (!Directory.Exists(path))
        {
            var file = Opened(path);
            try
            {
                return ofFile(file) ?? throw new InvalidDataException($"{path}: holds no {what} in the layout of OpenAI or CompVis");
            }
            catch (InvalidDataException damaged)
            {
                file.Dispose();
                throw new ConfigException(damaged.Message);
            }
        }

        var folder = folders.Select(name => Path.GetFullPath(name, Path.GetFullPath(path))).FirstOrDefault(one => File.Exists(Path.Combine(one, ConfigFile)))
            ?? throw new ConfigException($"{path} holds no {folders[0]}/{ConfigFile}; allowed: a folder of diffusers with {what}, or a run that has one");
        var json = Path.Combine(folder, ConfigFile);
        var config = fromJson(File.ReadAllText(json), json);
        var weights = TensorFile.In(folder) ?? throw new ConfigException($"{folder} holds no weights; allowed: diffusion_pytorch_model.safetensors (or .bin), or model.safetensors");
        return (config, Opened(weights));
    }

    private static TensorFile Opened(string path)
    {
        try
        {
            return TensorFile.Open(path);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(damaged is InvalidDataException ? damaged.Message : $"{path}: {damaged.Message}");
        }
    }
}

/// <summary>The U-Net of a published model, whatever its layout says.</summary>
[Kind("published")]
public sealed record PublishedUNetOptions : NetworkOptions
{
    /// <summary>A folder of diffusers, or a file of OpenAI's or CompVis'. Checkpoints hold a copy.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <summary>Heads of each attention, which a file does not say; null: as models of such a layout have.</summary>
    [Range(1, 256)]
    public int? Heads { get; init; }

    /// <summary>Channels of a head, in place of heads.</summary>
    [Range(1, 4096)]
    public int? HeadSize { get; init; }

    /// <summary>Whether a file of OpenAI's was trained with use_new_attention_order.</summary>
    public bool NewAttentionOrder { get; init; }

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed)
    {
        if (Model.Length == 0)
        {
            throw new ConfigException("network: published: model: missing; allowed: a folder of diffusers, or a file of OpenAI's or CompVis'");
        }

        var (config, weights) = Published.UNet(Model, this);
        weights.Dispose();
        var wrong = config.InChannels != shape.In + shape.Image ? $"found {config.InChannels} channels that come in; allowed: {shape.In + shape.Image}, those of the {(shape.In == 4 ? "latents" : "images")}"
            : config.OutChannels != shape.Out && config.OutChannels != 2 * shape.In ? $"found {config.OutChannels} channels that come out; allowed: {shape.Out}"
            : config.CrossAttentionDim != shape.TokenSize ? $"found {Told(config.CrossAttentionDim)}; allowed: {Told(shape.TokenSize)}"
            : config.NumClassEmbeds < shape.Classes || config.NumClassEmbeds is null != shape.Classes is null ? $"found {config.NumClassEmbeds ?? 0} rows for classes; allowed: {shape.Classes + 1 ?? 0}"
            : null;
        return wrong is null ? new UNet(config, precision, seed, images: shape.Image) : throw new ConfigException($"network: {Model}: {wrong}");

        static string Told(int? size) => size is { } channels ? $"a network that is told a text of {channels} channels" : "a network that is told no text";
    }
}
