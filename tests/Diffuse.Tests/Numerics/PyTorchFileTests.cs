using System.IO.Compression;
using System.Text;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

/// <summary>Files of <c>torch.save</c>; scripts/torch-files.py makes the two that are read here.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public static TheoryData<string, string> Hostile => new()
    {
        { "cos\nsystem\n(S'touch pwned'\ntR.", "0x53" },
        { "cos\nsystem\n(Vtouch pwned\ntR.", "it holds a os.system, which is no tensor" },
        { "cposix\nsystem\n(Vtouch pwned\ntR.", "posix.system" },
        { "cbuiltins\neval\n(V1+1\ntR.", "builtins.eval" },
        { "c__builtin__\nexec\n(V1\ntR.", "__builtin__.exec" },
        { "Vos\nVsystem\n\u0093(Vtouch pwned\ntR.", "os.system" },
        { "ctorch\nload\n(Vx\ntR.", "torch.load" },
        { "ctorch._utils\n_rebuild_tensor_v2\n(VX\ntR.", "_rebuild_tensor_v2" },
        { "(Vstorage\nVtorch\nVx\nVcpu\nI4\ntQ.", "refers to something that is no storage" },
        { "(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI-4\ntQ.", "refers to something that is no storage" },
        { "(Vstorage\nctorch\nQInt8Storage\nV0\nVcpu\nI4\ntQ.", "numbers of type torch.QInt8Storage" },
        { Tensor("I0", "(I5\nt", "(I1\nt"), "does not fit its storage of 4 values" },
        { Tensor("I1", "(I4\nt", "(I1\nt"), "does not fit" },
        { Tensor("I-1", "(I4\nt", "(I1\nt"), "does not fit" },
        { Tensor("I0", "(I4\nt", "(I1\nI1\nt"), "does not fit" },
        { Tensor("I0", "(I1000000\nI1000000\nt", "(I0\nI0\nt"), "does not fit" },
        { Tensor("I0", "(I4611686018427387904\nI4\nt", "(I1\nI1\nt"), "does not fit" },
        { Tensor("I9223372036854775807", "(I4\nt", "(I1\nt"), "does not fit" },
        { "X\u00ff\u00ff\u00ff\u007fabc.", "ends early" },
        { "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffabc.", "a length is negative" },
        { "\u008b\u00ff\u00ff\u00ff\u007f.", "a number is too long" },
        { "", "ends early" },
        { ".", "a value is missing" },
        { "t.", "a mark is missing" },
        { "((0t.", "a value is missing" },
        { "}V1\ns.", "a value is missing" },
        { "}(V1\nu.", "a key without a value" },
        { "}]I1\ns.", "neither text nor number" },
        { "I1\nI2\na.", "takes none" },
        { "h\u0005.", "not there before" },
        { "ccollections\nOrderedDict\n(I1\ntR.", "collections.OrderedDict" },
        { "]q\u0000h\u0000a.", "nested more than 64 deep" },
    };

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    [LeaksNoTensors]
    public void Both_formats_give_the_tensors_that_were_saved(string name)
    {
        using var file = TensorFile.Open(Saved(name));
        Assert.Equal(
            ["state_dict.conv.weight", "state_dict.transposed", "state_dict.slice", "state_dict.scalar", "state_dict.empty", .. Enumerable.Range(0, 8).Select(i => $"types.{i}")],
            file.Names);
        Assert.Equal([2, 3, 2], file.ShapeOf("state_dict.conv.weight"));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (double)i), Values("state_dict.conv.weight"));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (double)(i % 4 * 6 + i / 4)), Values("state_dict.transposed"));
        Assert.Equal([4, 6, 8, 10, 12, 14, 16, 18], Values("state_dict.slice"));
        Assert.Equal([7], Values("state_dict.scalar"));
        Assert.Empty(file.ShapeOf("state_dict.scalar"));
        Assert.Empty(Values("state_dict.empty"));
        ScalarType[] types = [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];
        foreach (var (i, type) in types.Index())
        {
            using var tensor = file.Read($"types.{i}");
            Assert.Equal(type, tensor.dtype);
            Assert.Equal(type == ScalarType.Bool ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5], Values($"types.{i}"));
        }

        Assert.Contains("no tensor 'epoch'", Assert.Throws<InvalidDataException>(() => file.Read("epoch")).Message);

        IEnumerable<double> Values(string of)
        {
            using var tensor = file.Read(of);
            return Close.Values(tensor);
        }
    }

    [Fact]
    public void Modules_of_TorchScript_are_their_tensors()
    {
        using var file = TensorFile.Open(Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Guidance", "logits.pt"));
        Assert.Equal(["weight"], file.Names);
        using var weight = file.Read("weight");
        Close.Equal(arange(48).to(ScalarType.Float32).sin().view(3, 16), weight, 1e-6, 1e-6);
    }

    /// <summary>Trainers leave their callbacks, by class, and NumPy's numbers beside the tensors.</summary>
    [Fact]
    public void What_trainers_leave_beside_tensors_is_passed_over()
    {
        var tensor = Tensor("I0", "(I4\nt", "(I1\nt")[..^1];
        var callbacks = "}(cpytorch_lightning.callbacks\nModelCheckpoint\n}Vbest\ncnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(Vf8\ntR}bVxx\ntRsu";
        using var file = TensorFile.Open(Zip($"}}(Vcallbacks\n{callbacks}Vstate_dict\n}}(Vw\n{tensor}uu.", new byte[16]));
        Assert.Equal(["state_dict.w"], file.Names);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nothing_is_executed_and_what_is_not_read_is_named(string pickle, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => TensorFile.Open(Zip(pickle)).Dispose()).Message;
        Assert.Contains(message, error);
        Assert.False(File.Exists("pwned"));
    }

    [Fact]
    public void Storages_must_be_whole()
    {
        using (var file = TensorFile.Open(Zip(Tensor("I0", "(I4\nt", "(I1\nt"), new byte[15])))
        {
            Assert.Contains("15 bytes", Assert.Throws<InvalidDataException>(() => file.Read("")).Message);
        }

        using (var file = TensorFile.Open(Zip(Tensor("I0", "(I4\nt", "(I1\nt"), null)))
        {
            Assert.Contains("storage 0 is missing", Assert.Throws<InvalidDataException>(() => file.Read("")).Message);
        }

        Assert.Contains("without data.pkl", Assert.Throws<InvalidDataException>(() => TensorFile.Open(Zip(null)).Dispose()).Message);
        Assert.Contains("compressed", Assert.Throws<InvalidDataException>(() => TensorFile.Open(Zip(new string('N', 1000), null, CompressionLevel.Optimal)).Dispose()).Message);
    }

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void Damaged_files_are_read_or_refused(string name)
    {
        var (whole, random, refused) = (File.ReadAllBytes(Saved(name)), new Random(5), 0);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = whole[..(i % 4 == 0 ? random.Next(whole.Length) : whole.Length)];
            for (var k = 0; k < 1 + i % 3 && bytes.Length > 0; k++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(temporary["damaged.pt"], bytes);
            try
            {
                using var scope = NewDisposeScope();
                using var file = TensorFile.Open(temporary["damaged.pt"]);
                foreach (var tensor in file.Names.ToList())
                {
                    file.Read(tensor);
                }
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 500, 1999);
    }

    private static string Saved(string name) => Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Numerics", name);

    /// <summary>The pickle of one tensor in a storage of four values.</summary>
    private static string Tensor(string offset, string shape, string strides) =>
        $"ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI4\ntQ{offset}\n{shape}{strides}I00\nccollections\nOrderedDict\n)RtR.";

    private string Zip(string? pickle, byte[]? storage = null, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using (var zip = new ZipArchive(File.Create(temporary["made.pt"]), ZipArchiveMode.Create))
        {
            Add(pickle is null ? null : Encoding.Latin1.GetBytes(pickle), "data.pkl");
            Add(storage, "data/0");
            Add([1], "version");

            void Add(byte[]? bytes, string name)
            {
                if (bytes is not null)
                {
                    using var stream = zip.CreateEntry($"archive/{name}", level).Open();
                    stream.Write(bytes);
                }
            }
        }

        return temporary["made.pt"];
    }
}
