using System.Globalization;
using System.Text;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>A whole, verified checkpoint: a folder of diffusers with the averaged weights, and what training needs to go on.</summary>
/// <param name="Path">The folder, <c>checkpoints/step-00005000</c>.</param>
public sealed record Checkpoint(string Path)
{
    private const string Prefix = "step-";

    /// <summary>The optimizer's steps that were done.</summary>
    public long Step => StepOf(Path) ?? 0;

    /// <exception cref="InvalidDataException">The folder is no checkpoint, or not whole: the message says what is wrong.</exception>
    public static Checkpoint Open(string path) =>
        Manifest.Fault(path) is { } fault ? throw new InvalidDataException($"{path} is not a whole checkpoint: {fault}") : new Checkpoint(path);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    internal static string NameOf(long step) => Prefix + step.ToString("D8", CultureInfo.InvariantCulture);

    /// <summary>The step in a folder's name; null for another folder.</summary>
    internal static long? StepOf(string path) =>
        System.IO.Path.GetFileName(path) is var name && name.StartsWith(Prefix, StringComparison.Ordinal) &&
        long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;
}

/// <summary>The files of a checkpoint that is being written; each is flushed to the disk before the next.</summary>
internal sealed class CheckpointWriter(string folder)
{
    public void Text(string name, string text) => Durable.Write(Create(name), file => file.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>The format tag is what diffusers and transformers look for.</summary>
    public void Tensors(string name, IEnumerable<KeyValuePair<string, Tensor>> tensors) => Durable.Write(
        Create(name), file => SafetensorsWriter.Write(file, tensors, new Dictionary<string, string> { ["format"] = "pt" }));

    private string Create(string name)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
