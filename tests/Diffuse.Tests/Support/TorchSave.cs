using System.Globalization;
using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>Writes what <c>torch.save</c> of a dictionary of float32 tensors writes: a zip of a pickle and one storage for each.</summary>
internal static class TorchSave
{
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        var pickle = new StringBuilder("}(");
        foreach (var (i, (name, tensor)) in tensors.Index())
        {
            var flat = tensor.detach().to(ScalarType.Float32).contiguous().view(-1);
            var strides = tensor.shape.Select((_, k) => tensor.shape[(k + 1)..].Aggregate(1L, (product, side) => product * side));
            pickle.Append(CultureInfo.InvariantCulture, $"V{name}\nctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV{i}\nVcpu\nI{flat.NumberOfElements}\ntQI0\n{Numbers(tensor.shape)}{Numbers(strides)}I00\n)tR");
            Entry($"data/{i}", flat.bytes.ToArray());
        }

        Entry("data.pkl", Encoding.Latin1.GetBytes(pickle.Append("u.").ToString()));

        string Numbers(IEnumerable<long> numbers) => $"({string.Concat(numbers.Select(number => FormattableString.Invariant($"I{number}\n")))}t";

        void Entry(string name, byte[] bytes)
        {
            using var stream = zip.CreateEntry("archive/" + name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }
}
