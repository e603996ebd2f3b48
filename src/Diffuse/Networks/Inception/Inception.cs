using Diffuse.Configuration;
using Diffuse.Numerics;
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

    /// <summary>Features of FID.</summary>
    public const int Dims = 2048;

    private const int SpatialChannels = 7;

    private readonly ConvNorm[] stem;
    private readonly Mixed[] blocks;
    private readonly Mixed middle, beforeLast;
    private readonly TorchSharp.Modules.Linear last;

    /// <summary>Numbers of features that there are averages of: after the first maxima, the second, before the last three blocks, and at the end.</summary>
    public static IReadOnlyList<int> Places { get; } = [64, 192, 768, Dims];

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
            Long("Mixed_6b", 128), Long("Mixed_6c", 160), middle = Long("Mixed_6d", 160), beforeLast = Long("Mixed_6e", 192),
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

    /// <param name="file">pytorch-fid's weights: its .pth, or the same in a .safetensors file.</param>
    /// <exception cref="ConfigException">There is no such file, or it holds other weights.</exception>
    public static Inception Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new ConfigException($"features: {file} does not exist; allowed: pytorch-fid's Inception weights, .pth or .safetensors");
        }

        var network = new Inception();
        try
        {
            using var noGradients = no_grad();
            using var stored = TensorFile.Open(file);
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
            throw new ConfigException($"features: {wrong.Message}; allowed: pytorch-fid's Inception weights, .pth or .safetensors");
        }
    }

    /// <param name="x">[N, 3, H, W] in [-1, 1]; brought to 299x299 by bilinear interpolation without antialiasing, as pytorch-fid does.</param>
    public override InceptionOutput forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (h, spatial) = Upto(x, Dims);
        var pool = h.mean([2, 3]);
        return new(pool.MoveToOuterDisposeScope(), spatial!.MoveToOuterDisposeScope(), pool.mm(last.weight!.t()).MoveToOuterDisposeScope());
    }

    /// <summary>[N, dims], the averages at another place, as pytorch-fid's --dims: for few images, whose covariance in more dimensions is singular.</summary>
    /// <param name="dims">One of <see cref="Places"/>.</param>
    /// <inheritdoc cref="forward"/>
    public Tensor Averages(Tensor x, int dims)
    {
        using var scope = NewDisposeScope();
        return Upto(x, dims).Map.mean([2, 3]).MoveToOuterDisposeScope();
    }

    private (Tensor Map, Tensor? Spatial) Upto(Tensor x, int dims)
    {
        var h = x.shape[2] == Side && x.shape[3] == Side
            ? x
            : nn.functional.interpolate(x, size: [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false);
        foreach (var part in stem[..3])
        {
            h = part.call(h);
        }

        h = nn.functional.max_pool2d(h, 3, stride: 2);
        if (dims == h.shape[1])
        {
            return (h, null);
        }

        h = nn.functional.max_pool2d(stem[4].call(stem[3].call(h)), 3, stride: 2);
        if (dims == h.shape[1])
        {
            return (h, null);
        }

        Tensor? spatial = null;
        foreach (var block in blocks)
        {
            spatial = block == middle ? middle.First.Raw(h).narrow(1, 0, SpatialChannels).flatten(1) : spatial;
            h = block.call(h);
            if (block == beforeLast && dims == h.shape[1])
            {
                break;
            }
        }

        return (h, spatial);
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
