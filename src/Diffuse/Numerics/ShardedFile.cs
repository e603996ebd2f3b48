using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Tensors in several safetensors files beside an index that says which is where, as Hugging Face splits large models.</summary>
public sealed class ShardedFile : TensorFile
{
    /// <summary>How the index's name ends.</summary>
    public const string Suffix = ".safetensors.index.json";

    private readonly Dictionary<string, string> places;
    private readonly Dictionary<string, SafetensorsFile> open = [];

    private ShardedFile(string path, Dictionary<string, string> places)
        : base(path) => this.places = places;

    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static new ShardedFile Open(string path)
    {
        try
        {
            var map = JsonNode.Parse(File.ReadAllText(path))?["weight_map"]?.AsObject() ?? throw new InvalidDataException($"{path}: there is no weight_map");
            var places = map.ToDictionary(entry => entry.Key, entry => entry.Value!.GetValue<string>());
            return places.Values.FirstOrDefault(name => System.IO.Path.GetFileName(name) != name || name.Length == 0) is { } elsewhere
                ? throw new InvalidDataException($"{path}: found '{elsewhere}'; allowed: names of files beside it")
                : new(path, places);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: {broken.Message}", broken);
        }
    }

    /// <summary>The files that hold the tensors of a file: itself, or those that an index names.</summary>
    /// <exception cref="InvalidDataException">The index is damaged.</exception>
    public static IEnumerable<string> FilesOf(string path)
    {
        if (!path.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return [path];
        }

        using var index = Open(path);
        return [.. index.places.Values.Distinct().Order(StringComparer.Ordinal).Select(name => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, name))];
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Names => places.Keys;

    /// <inheritdoc/>
    public override bool Contains(string name) => places.ContainsKey(name);

    /// <inheritdoc/>
    public override long[] ShapeOf(string name) => Find(name).ShapeOf(name);

    /// <inheritdoc/>
    public override Tensor Read(string name) => Find(name).Read(name);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var file in open.Values)
        {
            file.Dispose();
        }
    }

    private SafetensorsFile Find(string name)
    {
        var place = places.GetValueOrDefault(name) ?? throw Missing(name);
        if (!open.TryGetValue(place, out var file))
        {
            var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, place);
            open[place] = file = File.Exists(path) ? SafetensorsFile.Open(path) : throw new InvalidDataException($"{Path}: {place}, which holds tensor '{name}', is missing");
        }

        return file;
    }
}
