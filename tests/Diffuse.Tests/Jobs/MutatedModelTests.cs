using System.Globalization;
using System.IO.Compression;
using System.Text;
using Diffuse.Configuration;
using Diffuse.Jobs;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Jobs;

/// <summary>
/// Files of models with flipped bits, cut off, with other numbers and other words in them: each is read, or refused in one sentence. DIFFUSE_MUTATIONS says how many
/// of each kind; scripts/check-readers takes more.
/// </summary>
public sealed class MutatedModelTests
{
    private static readonly int count = int.Parse(Environment.GetEnvironmentVariable("DIFFUSE_MUTATIONS") is { Length: > 0 } asked ? asked : "20", CultureInfo.InvariantCulture);

    private static readonly string[] hostile =
    [
        "-1", "0", "999999999", "2147483648", "1e308", "null", "[]", "{}", "true", "\"\"", "\"../../etc/passwd\"", "NaN", "[[[[1]]]]", "cos\nsystem\n(Vtouch pwned\ntR.", "\u0000", "4611686018427387904",
    ];

    public static TheoryData<string> Parts =>
    [
        "model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json", "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
    ];

    [Theory, MemberData(nameof(Parts))]
    public void Parts_of_a_folder(string part)
    {
        using var folder = new TemporaryFolder();
        StableDiffusionTests.Write(folder, Reference.OwnCases("stable_diffusion")["first"]);
        Mutated(folder[part], () => LoadedModel.OpenDenoiser(ModelChoice.At(folder.Path), [], _ => { }).Dispose());
    }

    [Theory]
    [InlineData("file_first", "model.ckpt")]
    [InlineData("file_second", "model.safetensors")]
    public void Single_files(string name, string file)
    {
        using var folder = new TemporaryFolder();
        StableDiffusionTests.WriteFile(folder, Reference.OwnCases("stable_diffusion")[name], file);
        File.WriteAllText(folder["model.yaml"], "data: { resolution: 8 }");
        Mutated(folder[file], () => LoadedModel.OpenDenoiser(ModelChoice.At(folder[file]), [], _ => { }).Dispose());
    }

    [Fact]
    public void An_index_of_shards()
    {
        using var folder = new TemporaryFolder();
        StableDiffusionTests.Write(folder, Reference.OwnCases("stable_diffusion")["first"]);
        using (var file = SafetensorsFile.Open(folder["unet/diffusion_pytorch_model.safetensors"]))
        {
            var map = string.Join(",\n", file.Names.Select(name => $"\"{name}\": \"part.safetensors\""));
            File.WriteAllText(folder["unet/diffusion_pytorch_model.safetensors.index.json"], $$"""{ "metadata": { "total_size": 1 }, "weight_map": { {{map}} } }""");
        }

        File.Move(folder["unet/diffusion_pytorch_model.safetensors"], folder["unet/part.safetensors"]);
        Mutated(folder["unet/diffusion_pytorch_model.safetensors.index.json"], () => LoadedModel.OpenDenoiser(ModelChoice.At(folder.Path), [], _ => { }).Dispose());
    }

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void Files_of_torch_save(string name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Numerics", name), folder[name]);
        Mutated(folder[name], () =>
        {
            using var file = TensorFile.Open(folder[name]);
            file.Names.ToList().ForEach(tensor => file.Read(tensor));
        });
    }

    [Fact]
    public void Archives_of_NumPy()
    {
        using var folder = new TemporaryFolder();
        using (var zip = new ZipArchive(File.Create(folder["a.npz"]), ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("mu.npy").Open();
            var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }".PadRight(117) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[48]]);
        }

        Mutated(folder["a.npz"], () =>
        {
            using var file = NpzFile.Open(folder["a.npz"]);
            file.Read("mu");
        });
    }

    /// <summary>Billions of values in a few bytes: lists of the same list twice.</summary>
    [Fact]
    public void A_pickle_that_unfolds_without_end_is_refused()
    {
        using var folder = new TemporaryFolder();
        using (var zip = new ZipArchive(File.Create(folder["laughs.pt"]), ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
            var pickle = "]" + string.Concat(Enumerable.Range(0, 60).Select(i => $"p{i}\n0](g{i}\ng{i}\ne")) + ".";
            entry.Write(Encoding.ASCII.GetBytes(pickle));
        }

        Assert.Contains("values", Assert.Throws<InvalidDataException>(() => TensorFile.Open(folder["laughs.pt"]).Dispose()).Message);
    }

    private static void Mutated(string file, Action open)
    {
        open();
        var whole = File.ReadAllBytes(file);
        var isText = file.EndsWith(".json", StringComparison.Ordinal) || file.EndsWith(".txt", StringComparison.Ordinal);
        var random = new Random(7);
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            File.WriteAllBytes(file, Mutation(whole, isText, i, random));
            try
            {
                open();
            }
            catch (Exception expected) when (expected is ConfigException or InvalidDataException)
            {
                refused++;
                Assert.NotEmpty(expected.Message);
            }
        }

        Assert.False(File.Exists("pwned"));
        Assert.True(refused > 0, "nothing was refused");
    }

    private static byte[] Mutation(byte[] whole, bool isText, int i, Random random)
    {
        var bytes = i % 5 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
        if (isText && i % 5 is 1 or 2)
        {
            // A value becomes another: what stands behind a colon or a comma up to the next end.
            var text = Encoding.UTF8.GetString(bytes);
            var starts = text.Index().Where(at => at.Item is ':' or ',' or '[').Select(at => at.Index + 1).ToList();
            if (starts.Count > 0)
            {
                var start = starts[random.Next(starts.Count)];
                var end = text.IndexOfAny([',', '}', ']', '\n'], start) is >= 0 and var found ? found : text.Length;
                return Encoding.UTF8.GetBytes(text[..start] + hostile[random.Next(hostile.Length)] + text[end..]);
            }
        }

        for (var k = 0; k < 1 + i % 3 && bytes.Length > 0; k++)
        {
            var at = i % 2 == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 2048)); // headers are in front
            bytes[at] = i % 4 == 3 ? (byte)random.Next(256) : (byte)(bytes[at] ^ (1 << random.Next(8)));
        }

        return bytes;
    }
}
