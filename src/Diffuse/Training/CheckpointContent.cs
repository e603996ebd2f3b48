using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>What a checkpoint shows to the world beside the trainer's own state, which knows no networks.</summary>
/// <param name="Models">Model folders in diffusers' layout.</param>
/// <param name="Texts">Other files by their path inside the checkpoint, such as <c>model_index.json</c> or <c>diffuse.json</c>.</param>
public sealed record CheckpointContent(IReadOnlyList<ModelFolder> Models, IReadOnlyDictionary<string, string> Texts)
{
    public static CheckpointContent None { get; } = new([], new Dictionary<string, string>());

    /// <param name="type">Of weights that are no whole numbers; null: as they are.</param>
    /// <param name="shard">Bytes of a file of weights, at most, where its tensors allow it.</param>
    internal void WriteTo(CheckpointWriter checkpoint, ScalarType? type = null, long shard = long.MaxValue)
    {
        foreach (var (name, text) in Texts)
        {
            checkpoint.Text(name, text);
        }

        foreach (var model in Models)
        {
            checkpoint.Text($"{model.Name}/{ModelFolder.ConfigFile}", model.Config);
            checkpoint.Tensors($"{model.Name}/{model.File}", model.Tensors, type, shard);
        }
    }
}

/// <summary>A network as a folder of diffusers: <c>config.json</c> and <c>diffusion_pytorch_model.safetensors</c>.</summary>
/// <param name="Name">The folder, such as <c>unet</c>.</param>
/// <param name="Config">The text of config.json.</param>
/// <param name="Tensors">Parameters and buffers of the trained module itself: they are written while the averaged weights are in place.</param>
public sealed record ModelFolder(string Name, string Config, IReadOnlyList<KeyValuePair<string, Tensor>> Tensors)
{
    /// <summary>The folder of what the process has learned.</summary>
    public const string Process = "process";

    /// <summary>The folder of the text encoder that was trained with the network.</summary>
    public const string Text = "text_encoder";

    /// <summary>The folder of the autoencoder in whose latents the network works.</summary>
    public const string Autoencoder = "vae";

    /// <summary>Its folder in diffusers' LDMPipeline, which is told nothing.</summary>
    public const string LdmAutoencoder = "vqvae";

    /// <summary>The folder of the CLIP that the network works with.</summary>
    public const string Clip = "clip";

    /// <summary>The folder of the tokenizer of texts.</summary>
    public const string Tokenizer = "tokenizer";

    public const string ConfigFile = "config.json";

    public const string WeightsFile = "diffusion_pytorch_model.safetensors";

    /// <summary>What transformers calls the weights.</summary>
    public const string TransformersFile = "model.safetensors";

    /// <summary>The name of the weights' file.</summary>
    public string File { get; init; } = WeightsFile;

    /// <summary>The weights in a model folder; where there are none, the path at which they should be.</summary>
    public static string WeightsIn(string folder) => TensorFile.In(folder) ?? Path.Combine(folder, WeightsFile);
}
