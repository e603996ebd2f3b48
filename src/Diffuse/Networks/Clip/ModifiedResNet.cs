using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// CLIP's residual network (Radford et al. 2021, section 2.4): a stem of three convolutions, averages before strided convolutions, and attention
/// pooling. Batch normalization; float32 throughout.
/// </summary>
internal sealed class ModifiedResNet : ImageTower
{
    private readonly Sequential stem;
    private readonly List<Bottleneck> blocks = [];
    private readonly AttentionPool pool;

    public ModifiedResNet(ClipConfig config, Precision precision, Generator generator)
        : base(nameof(ModifiedResNet))
    {
        var width = config.VisionWidth;
        var (convolutions, norms) = (new List<nn.Module<Tensor, Tensor>>(), new List<nn.Module<Tensor, Tensor>>());
        (int In, int Out, int Stride)[] shapes = [(config.Channels, width / 2, 2), (width / 2, width / 2, 1), (width / 2, width, 1)];
        foreach (var (i, (input, output, stride)) in shapes.Index())
        {
            convolutions.Add(Convolution(input, output, 3, generator, stride));
            norms.Add(nn.BatchNorm2d(output));
            register_module($"conv{i + 1}", convolutions[i]);
            register_module($"bn{i + 1}", norms[i]);
        }

        stem = nn.Sequential([.. convolutions.Zip(norms).SelectMany(pair => new[] { pair.First, pair.Second, nn.ReLU() }), nn.AvgPool2d(2)]);
        var inner = width;
        foreach (var (i, count) in config.VisionLayers.Index())
        {
            var layer = new ModuleList<Bottleneck>();
            for (var block = 0; block < count; block++)
            {
                layer.Add(new Bottleneck(inner, width << i, block == 0 && i > 0 ? 2 : 1, generator));
                inner = (width << i) * Bottleneck.Expansion;
            }

            blocks.AddRange(layer);
            register_module($"layer{i + 1}", layer);
        }

        register_module("attnpool", pool = new AttentionPool(config.ImageResolution / 32, inner, config.VisionHeads, config.EmbedDim, precision, generator));
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = blocks.Aggregate(stem.call(images), (state, block) => block.call(state));
        return pool.call(x).to(float32).MoveToOuterDisposeScope();
    }

    internal static nn.Module<Tensor, Tensor> Convolution(int input, int output, int kernel, Generator generator, int stride = 1)
    {
        var convolution = nn.Conv2d(input, output, kernel, stride: stride, padding: kernel / 2, bias: false);
        using var _ = no_grad();
        var bound = Math.Sqrt(6.0 / (input * kernel * kernel)); // He et al. 2015, for ReLU
        convolution.weight!.uniform_(-bound, bound, generator);
        return convolution;
    }
}

/// <summary>1x1, 3x3 and 1x1 convolutions beside the identity; strides are averages.</summary>
internal sealed class Bottleneck : nn.Module<Tensor, Tensor>
{
    public const int Expansion = 4;

    private readonly Sequential branch;
    private readonly Sequential? shortcut;
    private readonly int stride;

    public Bottleneck(int input, int inner, int stride, Generator generator)
        : base(nameof(Bottleneck))
    {
        this.stride = stride;
        var output = inner * Expansion;
        nn.Module<Tensor, Tensor>[] convolutions =
        [
            ModifiedResNet.Convolution(input, inner, 1, generator),
            ModifiedResNet.Convolution(inner, inner, 3, generator),
            ModifiedResNet.Convolution(inner, output, 1, generator),
        ];
        nn.Module<Tensor, Tensor>[] norms = [nn.BatchNorm2d(inner), nn.BatchNorm2d(inner), nn.BatchNorm2d(output)];
        for (var i = 0; i < 3; i++)
        {
            register_module($"conv{i + 1}", convolutions[i]);
            register_module($"bn{i + 1}", norms[i]);
        }

        List<nn.Module<Tensor, Tensor>> parts = [convolutions[0], norms[0], nn.ReLU(), convolutions[1], norms[1], nn.ReLU()];
        parts.AddRange(stride > 1 ? [nn.AvgPool2d(stride), convolutions[2], norms[2]] : [convolutions[2], norms[2]]);
        branch = nn.Sequential([.. parts]);
        if (stride > 1 || input != output)
        {
            var down = new ModuleDict<nn.Module<Tensor, Tensor>>(); // OpenAI's names: the average, -1, has no parameters
            down.Add("0", ModifiedResNet.Convolution(input, output, 1, generator));
            down.Add("1", nn.BatchNorm2d(output));
            register_module("downsample", down);
            shortcut = nn.Sequential(down["0"], down["1"]);
        }
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var same = shortcut is null ? x : shortcut.call(stride > 1 ? nn.functional.avg_pool2d(x, stride) : x);
        return (branch.call(x) + same).relu().MoveToOuterDisposeScope();
    }
}

/// <summary>The mean pixel asks all pixels and itself: attention in place of an average (Radford et al. 2021, section 2.4).</summary>
internal sealed class AttentionPool : nn.Module<Tensor, Tensor>
{
    private readonly Parameter positions;
    private readonly Linear key;
    private readonly Linear query;
    private readonly Linear value;
    private readonly Linear output;
    private readonly int heads;

    public AttentionPool(int side, int channels, int heads, int outputs, Precision precision, Generator generator)
        : base(nameof(AttentionPool))
    {
        this.heads = heads;
        register_parameter("positional_embedding", positions = Initial.Normal(1 / Math.Sqrt(channels), generator, side * side + 1, channels));
        register_module("k_proj", key = new Linear(channels, channels, precision, generator));
        register_module("q_proj", query = new Linear(channels, channels, precision, generator));
        register_module("v_proj", value = new Linear(channels, channels, precision, generator));
        register_module("c_proj", output = new Linear(channels, outputs, precision, generator));
    }

    /// <param name="x">[N, C, side, side].</param>
    public override Tensor forward(Tensor x)
    {
        var rows = x.flatten(2).transpose(1, 2);
        rows = cat([rows.mean([1], keepdim: true), rows], 1) + positions;
        return output.call(Attention.Attend(query.call(rows.narrow(1, 0, 1)), key.call(rows), value.call(rows), heads)).squeeze(1);
    }
}
