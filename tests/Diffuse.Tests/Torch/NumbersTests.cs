using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Diffuse.Tests.Torch;

/// <summary>
/// Equality with PyTorch, whose numbers scripts/torch-numbers.py wrote to torch-numbers.json: in every bit where libtorch's version, its
/// instruction set and the kernels of its BLAS are those of the file, to rounding elsewhere.
/// </summary>
public sealed class NumbersTests : IDisposable
{
    static readonly JsonElement File = JsonDocument.Parse(TorchData.Open("torch-numbers.json")).RootElement;

    readonly DisposeScope scope = NewDisposeScope();

    public NumbersTests() => set_num_threads(1);

    static bool SameKernels =>
        File.GetProperty("torch").GetString() == __version__ && File.GetProperty("capability").GetString() == Capability &&
        File.GetProperty("blas").GetString() == Blas;

    // What libtorch's own kernels choose: AVX2 before AVX512 up to 1.13, the widest later.
    static string Capability => Avx512F.IsSupported && Version.Parse(__version__).Major > 1 ? "AVX512" : Avx2.IsSupported ? "AVX2" : "";

    /// <summary>The kernels that OpenBLAS chose; empty with another BLAS.</summary>
    static string Blas
    {
        get
        {
            try
            {
                return Marshal.PtrToStringUTF8(CoreName()) ?? "";
            }
            catch (Exception other) when (other is DllNotFoundException or EntryPointNotFoundException)
            {
                return "";
            }
        }
    }

    [DllImport("libopenblas.so.0", EntryPoint = "openblas_get_corename")]
    static extern nint CoreName();

    static float[] Expected(string name, string array) => [.. MemoryMarshal.Cast<byte, float>(
        File.GetProperty("cases").GetProperty(name).GetProperty(array).GetBytesFromBase64())];

    static void Equal(string name, string array, Tensor actual, double tolerance = 2e-5)
    {
        float[] expected = Expected(name, array), found = actual.detach().contiguous().@float().data<float>().ToArray();
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < found.Length; i++)
        {
            bool equal = Math.Abs(expected[i] - found[i]) <= tolerance * (1 + Math.Abs(expected[i]));
            if (!equal) Assert.Fail($"{name}, {array}[{i}]: {found[i]:R}, expected {expected[i]:R}");
        }
    }

    static Tensor[] Seeded(ulong seed, params long[][] shapes)
    {
        var generator = new Generator(seed);
        return Array.ConvertAll(shapes, shape => randn(shape, generator: generator).requires_grad_());
    }

    [Fact]
    public void Draws_are_PyTorch_s()
    {
        manual_seed(7);
        Equal("randn of 1000", "y", randn(1000), Exact);
        Equal("rand of 10, the same generator going on", "y", rand(10), Exact);
        Equal("randn of 5", "y", randn(5, generator: new Generator(11)), Exact);
        Equal("randint of 100", "y", randint(0, 10, [100L], generator: new Generator(12)), Exact);
        Equal("randperm of 50", "y", randperm(50, generator: new Generator(13)), Exact);
        Equal("uniform of 20", "y", empty(20).uniform_(-2, 3, new Generator(14)), Exact);
    }

    static double Exact => SameKernels ? 0 : 2e-5;

    sealed record Layer(ulong Seed, long[][] Shapes, Func<Tensor[], Tensor> Apply);

    static readonly Dictionary<string, Layer> Layers = new()
    {
        ["conv2d"] = new(20, [[2, 4, 9, 7], [6, 4, 3, 3], [6]], x => F.conv2d(x[0], x[1], x[2], padding: [1, 1])),
        ["strided grouped conv2d"] = new(22, [[2, 4, 9, 7], [6, 2, 3, 3]], x => F.conv2d(x[0], x[1], strides: [2, 2], groups: 2)),
        ["conv_transpose2d"] = new(24, [[2, 4, 5, 5], [4, 3, 4, 4], [3]], x => F.conv_transpose2d(x[0], x[1], x[2], [2, 2], [1, 1])),
        ["linear"] = new(26, [[5, 8], [3, 8], [3]], x => F.linear(x[0], x[1], x[2])),
        ["group_norm"] = new(28, [[2, 8, 5, 5], [8], [8]], x => F.group_norm(x[0], 4, x[1], x[2])),
        ["layer_norm"] = new(30, [[4, 6, 8], [8], [8]], x => F.layer_norm(x[0], [8], x[1], x[2])),
        ["attention"] = new(32, [[2, 3, 6, 8], [2, 3, 5, 8], [2, 3, 5, 8]], x => F.scaled_dot_product_attention(x[0], x[1], x[2])),
        ["silu"] = new(34, [[100]], x => F.silu(x[0])),
        ["gelu"] = new(36, [[100]], x => F.gelu(x[0])),
        ["bilinear"] = new(38, [[1, 2, 5, 5]], x => F.interpolate(x[0], scale_factor: [2], mode: InterpolationMode.Bilinear)),
        ["antialiased bicubic"] =
            new(40, [[1, 2, 9, 9]], x => F.interpolate(x[0], [4, 4], mode: InterpolationMode.Bicubic, antialias: true)),
        ["nearest"] = new(42, [[1, 2, 3, 3]], x => F.interpolate(x[0], scale_factor: [2])),
        ["cross_entropy"] = new(44, [[6, 5]], x => F.cross_entropy(x[0], arange(6) % 5, label_smoothing: 0.1)),
        ["smooth_l1_loss"] = new(46, [[10], [10]], x => F.smooth_l1_loss(x[0], x[1], beta: 0.5)),
    };

    public static TheoryData<string> LayerNames => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(LayerNames))]
    public void Layers_and_their_gradients_are_PyTorch_s(string name)
    {
        var layer = Layers[name];
        var inputs = Seeded(layer.Seed, layer.Shapes);
        var y = layer.Apply(inputs);
        Equal(name, "y", y, Exact);
        y.backward([Seeded(layer.Seed + 1, y.shape)[0].detach()]);
        for (int i = 0; i < inputs.Length; i++) Equal(name, $"d{i}", inputs[i].grad!, Exact);
    }

    [Fact]
    public void Modules_start_with_PyTorch_s_weights()
    {
        manual_seed(50);
        nn.Module[] modules = [nn.Conv2d(3, 8, 3), nn.Linear(8, 4), nn.Embedding(5, 4), nn.ConvTranspose2d(4, 2, 2)];
        for (int i = 0; i < modules.Length; i++)
        {
            foreach (var (name, parameter) in modules[i].named_parameters()) Equal("initial weights", $"{i}.{name}", parameter, Exact);
        }
    }

    static readonly Dictionary<string, Func<Parameter[], optim.Optimizer>> Optimizers = new()
    {
        ["AdamW"] = p => optim.AdamW(p, 1e-2, 0.9, 0.99, weight_decay: 0.1),
        ["AMSGrad"] = p => optim.AdamW(p, 1e-2, amsgrad: true),
        ["Adam"] = p => optim.Adam(p, 1e-2, weight_decay: 0.05),
        ["SGD"] = p => optim.SGD(p, 1e-1, 0.9, weight_decay: 0.01, nesterov: true),
    };

    public static TheoryData<string> OptimizerNames => [.. Optimizers.Keys];

    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void Twenty_steps_end_where_PyTorch_s_do(string name)
    {
        var parameters = Array.ConvertAll(Seeded(60, [16, 8], [16], [4, 16]), t => new Parameter(t));
        Tensor[] data = Array.ConvertAll(Seeded(61, [32, 8], [32, 4]), t => t.detach());
        using var optimizer = Optimizers[name](parameters);
        for (int i = 0; i < 20; i++)
        {
            using var step = NewDisposeScope();
            optimizer.zero_grad();
            F.mse_loss(F.linear(F.silu(F.linear(data[0], parameters[0], parameters[1])), parameters[2]), data[1]).backward();
            optimizer.step();
        }
        double tolerance = SameKernels ? 1e-6 : 2e-5;
        Equal(name, "w1", parameters[0], tolerance);
        Equal(name, "b1", parameters[1], tolerance);
        Equal(name, "w2", parameters[2], tolerance);
    }

    public void Dispose() => scope.Dispose();
}
