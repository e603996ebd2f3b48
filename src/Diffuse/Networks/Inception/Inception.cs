using Diffuse.Configuration;
using Diffuse.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What the network of FID makes of images.</summary>
/// <param name="Pool">[N, 2048], the averages of FID, KID, precision and recall.</param>
/// <param name="Spatial">[N, 2023], 7 channels of 17x17 from the middle, for sFID (Nash et al. 2021, section 4.1).</param>
/// <param name="Logits">[N, 1008] without the last layer's bias, for the Inception Score.</param>
public readonly record struct InceptionOutput(Tensor Pool, Tensor Spatial, Tensor Logits);

/// <summary>
/// Inception-v3 (Szegedy et al. 2015) as FID uses it, the TensorFlow network of 2015-12-05 that pytorch-fid ported: averages do not count the border, and
/// the last block takes maxima. Parameters carry torchvision's names, so that pytorch-fid's weights load.
/// </summary>
public sealed class Inception : nn.Module<Tensor, InceptionOutput>
{
    /// <summary>The side of the square images that it sees.</summary>
    public const int Side = 299;

    private const int SpatialChannels = 7;

    private readonly ConvNorm[] stem;
    private readonly Mixed[] blocks;
    private readonly Mixed middle;
    private readonly TorchSharp.Modules.Linear last;

    public Inception()
        : base(nameof(Inception))
    {
        stem =
        [
            new("Conv2d_1a_3x3", 3, 32, 3, stride: 2, padded: false), new("Conv2d_2a_3x3", 32, 32, 3, padded: false), new("Conv2d_2b_3x3", 32, 64, 3),
            new("Conv2d_3b_1x1", 64, 80, 1), new("Conv2d_4a_3x3", 80, 192, 3, padded: false),
        ];
        blocks =
        [
            Wide("Mixed_5b", 192, 32), Wide("Mixed_5c", 256, 64), Wide("Mixed_5d", 288, 64),
            new("Mixed_6a", Pooling.Halve,
                [[new("branch3x3", 288, 384, 3, stride: 2, padded: false)]],
                [[new("branch3x3dbl_1", 288, 64, 1)], [new("branch3x3dbl_2", 64, 96, 3)], [new("branch3x3dbl_3", 96, 96, 3, stride: 2, padded: false)]]),
            Long("Mixed_6b", 128), Long("Mixed_6c", 160), middle = Long("Mixed_6d", 160), Long("Mixed_6e", 192),
            new("Mixed_7a", Pooling.Halve,
                [[new("branch3x3_1", 768, 192, 1)], [new("branch3x3_2", 192, 320, 3, stride: 2, padded: false)]],
                [[new("branch7x7x3_1", 768, 192, 1)], [new("branch7x7x3_2", 192, 192, 1, 7)], [new("branch7x7x3_3", 192, 192, 7, 1)],
                    [new("branch7x7x3_4", 192, 192, 3, stride: 2, padded: false)]]),
            Split("Mixed_7b", 1280, Pooling.Average), Split("Mixed_7c", 2048, Pooling.Maximum),
        ];
        foreach (var part in stem)
        {
            register_module(part.Name, part);
        }

        foreach (var block in blocks)
        {
            register_module(block.Name, block);
        }

        register_module("fc", last = nn.Linear(2048, 1008));
        eval();
    }

    /// <param name="file">pytorch-fid's weights, a .safetensors file.</param>
    /// <exception cref="ConfigException">There is no such file, or it holds other weights.</exception>
    public static Inception Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new ConfigException($"features: {file} does not exist; allowed: pytorch-fid's Inception weights in a .safetensors file");
        }

        var network = new Inception();
        try
        {
            using var noGradients = no_grad();
            using var stored = SafetensorsFile.Open(file);
            foreach (var (name, parameter) in network.named_parameters())
            {
                stored.ReadInto(name, parameter);
            }

            foreach (var (name, buffer) in network.named_buffers().Where(named => !named.name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
            {
                stored.ReadInto(name, buffer);
            }

            return network;
        }
        catch (InvalidDataException wrong)
        {
            network.Dispose();
            throw new ConfigException($"features: {wrong.Message}; allowed: pytorch-fid's Inception weights in a .safetensors file");
        }
    }

    /// <param name="x">[N, 3, H, W] in [-1, 1]; brought to 299x299 by bilinear interpolation without antialiasing, as pytorch-fid does.</param>
    public override InceptionOutput forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = x.shape[2] == Side && x.shape[3] == Side
            ? x
            : nn.functional.interpolate(x, size: [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false);
        foreach (var (i, part) in stem.Index())
        {
            h = part.call(i is 3 ? nn.functional.max_pool2d(h, 3, stride: 2) : h);
        }

        h = nn.functional.max_pool2d(h, 3, stride: 2);
        Tensor? spatial = null;
        foreach (var block in blocks)
        {
            spatial = block == middle ? middle.First.Raw(h).narrow(1, 0, SpatialChannels).flatten(1) : spatial;
            h = block.call(h);
        }

        var pool = h.mean([2, 3]);
        return new(pool.MoveToOuterDisposeScope(), spatial!.MoveToOuterDisposeScope(), pool.mm(last.weight!.t()).MoveToOuterDisposeScope());
    }

    private static Mixed Wide(string name, int input, int pooled) => new(name, Pooling.Average,
        [[new("branch1x1", input, 64, 1)]],
        [[new("branch5x5_1", input, 48, 1)], [new("branch5x5_2", 48, 64, 5)]],
        [[new("branch3x3dbl_1", input, 64, 1)], [new("branch3x3dbl_2", 64, 96, 3)], [new("branch3x3dbl_3", 96, 96, 3)]],
        [[new("branch_pool", input, pooled, 1)]]);

    private static Mixed Long(string name, int inner) => new(name, Pooling.Average,
        [[new("branch1x1", 768, 192, 1)]],
        [[new("branch7x7_1", 768, inner, 1)], [new("branch7x7_2", inner, inner, 1, 7)], [new("branch7x7_3", inner, 192, 7, 1)]],
        [[new("branch7x7dbl_1", 768, inner, 1)], [new("branch7x7dbl_2", inner, inner, 7, 1)], [new("branch7x7dbl_3", inner, inner, 1, 7)],
            [new("branch7x7dbl_4", inner, inner, 7, 1)], [new("branch7x7dbl_5", inner, 192, 1, 7)]],
        [[new("branch_pool", 768, 192, 1)]]);

    private static Mixed Split(string name, int input, Pooling pooling) => new(name, pooling,
        [[new("branch1x1", input, 320, 1)]],
        [[new("branch3x3_1", input, 384, 1)], [new("branch3x3_2a", 384, 384, 1, 3), new("branch3x3_2b", 384, 384, 3, 1)]],
        [[new("branch3x3dbl_1", input, 448, 1)], [new("branch3x3dbl_2", 448, 384, 3)],
            [new("branch3x3dbl_3a", 384, 384, 1, 3), new("branch3x3dbl_3b", 384, 384, 3, 1)]],
        [[new("branch_pool", input, 192, 1)]]);
}

/// <summary>What the last branch of a block does before its convolution.</summary>
internal enum Pooling
{
    /// <summary>Means of 3x3 that do not count the border.</summary>
    Average,

    Maximum,

    /// <summary>Maxima of 3x3 at every second pixel, and no convolution: the block halves the size.</summary>
    Halve,
}

/// <summary>
/// Branches beside each other, their results concatenated by channel. A branch is a row of stages, a stage one convolution or several of the same
/// input, concatenated.
/// </summary>
internal sealed class Mixed : nn.Module<Tensor, Tensor>
{
    private readonly ConvNorm[][][] branches;
    private readonly Pooling pooling;

    public Mixed(string name, Pooling pooling, params ConvNorm[][][] branches)
        : base(name)
    {
        (Name, this.pooling, this.branches) = (name, pooling, branches);
        foreach (var part in branches.SelectMany(branch => branch).SelectMany(stage => stage))
        {
            register_module(part.Name, part);
        }
    }

    public string Name { get; }

    public ConvNorm First => branches[0][0][0];

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var pooled = pooling switch
        {
            Pooling.Average => nn.functional.avg_pool2d(x, 3, stride: 1, padding: 1, count_include_pad: false),
            Pooling.Maximum => nn.functional.max_pool2d(x, 3, stride: 1, padding: 1),
            _ => nn.functional.max_pool2d(x, 3, stride: 2),
        };
        var results = pooling == Pooling.Halve
            ? branches.Select(branch => Through(branch, x)).Append(pooled)
            : branches[..^1].Select(branch => Through(branch, x)).Append(Through(branches[^1], pooled));
        return cat([.. results], 1).MoveToOuterDisposeScope();
    }

    private static Tensor Through(ConvNorm[][] branch, Tensor x) =>
        branch.Aggregate(x, (h, stage) => stage.Length == 1 ? stage[0].call(h) : cat([.. stage.Select(part => part.call(h))], 1));
}

/// <summary>ReLU of the normalized convolution.</summary>
internal sealed class ConvNorm : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Conv2d conv;
    private readonly BatchNorm2d norm;

    /// <param name="padded">With as many zeros around that a stride of 1 keeps the size.</param>
    /// <param name="width">Of the kernel; as its height where it is not given.</param>
    public ConvNorm(string name, int input, int output, int height, int? width = null, int stride = 1, bool padded = true)
        : base(name)
    {
        Name = name;
        (long, long) kernel = (height, width ?? height);
        register_module("conv", conv = nn.Conv2d(
            input, output, kernel, stride: (stride, stride), padding: padded ? (kernel.Item1 / 2, kernel.Item2 / 2) : (0, 0), bias: false));
        register_module("bn", norm = nn.BatchNorm2d(output, eps: 1e-3));
    }

    public string Name { get; }

    /// <summary>Before the norm.</summary>
    public Tensor Raw(Tensor x) => conv.call(x);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return norm.call(conv.call(x)).relu_().MoveToOuterDisposeScope();
    }
}
