using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Writes safetensors files: the header first, then tensor after tensor, so that only one is ever copied off its device.</summary>
public static class SafetensorsWriter
{
    private const int ChunkElements = 1 << 24;

    /// <summary>Writes the tensors, larger element types first (so that each is aligned), otherwise in the given order.</summary>
    /// <exception cref="ArgumentException">A name occurs twice or is the reserved <c>__metadata__</c>.</exception>
    /// <exception cref="NotSupportedException">A type that the format cannot hold.</exception>
    public static void Write(
        Stream destination, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = tensors.OrderByDescending(pair => SafetensorsType.Size(pair.Value.dtype)).ToList();
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string> { SafetensorsHeader.MetadataKey };
        var position = 0L;
        foreach (var (name, tensor) in sorted)
        {
            if (!names.Add(name))
            {
                throw new ArgumentException($"the name '{name}' occurs twice or is reserved", nameof(tensors));
            }

            var end = position + tensor.NumberOfElements * SafetensorsType.Size(tensor.dtype);
            entries.Add(new SafetensorsEntry(name, tensor.dtype, tensor.shape, position, end));
            position = end;
        }

        destination.Write(new SafetensorsHeader(entries, metadata ?? new Dictionary<string, string>()).ToBytes());
        foreach (var (_, tensor) in sorted)
        {
            Write(destination, tensor);
        }
    }

    private static void Write(Stream destination, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (var start = 0L; start < flat.NumberOfElements; start += ChunkElements)
        {
            using var chunk = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start));
            destination.Write(chunk.bytes);
            GC.KeepAlive(chunk);
        }
    }
}
