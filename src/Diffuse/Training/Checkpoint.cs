using System.Globalization;
using System.Text;
using System.Text.Json;
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

    /// <summary>One safetensors file, or several beside an index where they are larger than a shard, as Hugging Face names them.</summary>
    /// <param name="type">Of tensors of floating-point numbers; null: their own.</param>
    /// <param name="shard">Bytes.</param>
    public void Tensors(string name, IEnumerable<KeyValuePair<string, Tensor>> tensors, ScalarType? type = null, long shard = long.MaxValue)
    {
        var shards = new List<List<KeyValuePair<string, Tensor>>> { new() };
        var (size, total) = (0L, 0L);
        foreach (var one in tensors)
        {
            var bytes = one.Value.NumberOfElements * SafetensorsType.Size(one.Value.is_floating_point() ? type ?? one.Value.dtype : one.Value.dtype);
            if (size > 0 && size + bytes > shard)
            {
                shards.Add([]);
                size = 0;
            }

            (size, total) = (size + bytes, total + bytes);
            shards[^1].Add(one);
        }

        if (shards.Count == 1)
        {
            Write(name, shards[0], type);
            return;
        }

        var places = new Dictionary<string, string>();
        foreach (var (i, part) in shards.Index())
        {
            var file = string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileNameWithoutExtension(name)}-{i + 1:D5}-of-{shards.Count:D5}.safetensors");
            Write(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(name)!, file), part, type);
            part.ForEach(one => places[one.Key] = file);
        }

        Text(name + ".index.json", JsonSerializer.Serialize(new { metadata = new { total_size = total }, weight_map = places }, new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>The format tag is what diffusers and transformers look for.</summary>
    private void Write(string name, IEnumerable<KeyValuePair<string, Tensor>> tensors, ScalarType? type)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var cast = tensors.Select(one => type is { } wanted && one.Value.is_floating_point() ? KeyValuePair.Create(one.Key, one.Value.to(wanted)) : one).ToList();
        Durable.Write(Create(name), file => SafetensorsWriter.Write(file, cast, new Dictionary<string, string> { ["format"] = "pt" }));
    }

    private string Create(string name)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
