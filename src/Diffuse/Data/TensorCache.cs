using System.Security.Cryptography;
using System.Text;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Data;

/// <summary>Tensors that took time to compute, kept in the cache folder: a convenience, which a disk that is full or closed to us does not stop.</summary>
/// <param name="kind">The sub-folder.</param>
/// <param name="key">All that they depend on.</param>
internal sealed class TensorCache(string kind, string key)
{
    private readonly string file = Path.Combine(CacheFolder.Default, kind, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".safetensors");

    /// <summary>The tensors by name, on the CPU; null where they are not there, or were cut off.</summary>
    public IReadOnlyDictionary<string, Tensor>? Read()
    {
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            using var stored = SafetensorsFile.Open(file);
            return stored.Names.ToDictionary(name => name, stored.Read);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Keep(params IEnumerable<(string Name, Tensor? Values)> tensors)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var part = $"{file}.{Environment.ProcessId}.part";
            using (var stream = File.Create(part))
            {
                SafetensorsWriter.Write(stream, tensors.Where(entry => entry.Values is not null).Select(entry => KeyValuePair.Create(entry.Name, entry.Values!)));
            }

            File.Move(part, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
