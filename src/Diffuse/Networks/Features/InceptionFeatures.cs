using Diffuse.Configuration;
using Diffuse.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The network of FID.</summary>
[Kind("inception")]
public sealed record InceptionFeatureOptions : FeatureOptions
{
    /// <summary>pytorch-fid's weights (pt_inception-2015-12-05), .pth or .safetensors, or NVIDIA's inception-2015-12-05.pt, which is TorchScript: its code is run.</summary>
    [ConfigPath]
    public string File { get; init; } = "";

    /// <summary>64, 192, 768 or 2048 features, as pytorch-fid's --dims; with fewer than 2048 a distance is not called FID.</summary>
    public int Dims { get; init; } = Inception.Dims;

    /// <inheritdoc/>
    public override IFeatureNetwork Build(IFeatureSources sources)
    {
        var file = Given(File, "file", "pytorch-fid's weights, .pth or .safetensors, or NVIDIA's TorchScript file");
        var script = ScriptFile.Is(file);
        if (!Inception.Places.Contains(Dims) || (script && Dims != Inception.Dims))
        {
            throw new ConfigException($"features: inception: dims: found {Dims}; allowed: {(script ? $"{Inception.Dims}, all that NVIDIA's file gives" : string.Join(", ", Inception.Places))}");
        }

        var read = script ? Script(file, sources.Device) : Weights(file, Dims, sources.Device);
        var key = sources.Hash(file);
        return Dims == Inception.Dims ? new FeatureNetwork("inception", key, read, IsInception: true) : new FeatureNetwork($"inception {Dims}", $"{key} {Dims}", read);
    }

    private static Func<Tensor, Features> Weights(string file, int dims, Device device)
    {
        var network = Inception.Read(file);
        network.to(device);
        return x => dims == Inception.Dims ? All(network.call(FeatureNetwork.Colours(x))) : new(network.Averages(FeatureNetwork.Colours(x), dims));

        static Features All(InceptionOutput output) => new(output.Pool, output.Spatial, output.Logits);
    }

    /// <summary>Of 256 levels in bytes, and whether features are wanted in the place of classes.</summary>
    private static Func<Tensor, Features> Script(string file, Device device)
    {
        const string where = "features: inception: file";
        var script = ScriptFile.Load(file, where, () => jit.load<Tensor, bool, Tensor>(file, device));
        Func<Tensor, Tensor> features = x => script.call(Pixels.ToBytes(FeatureNetwork.Colours(x)), true).to(float32);
        ScriptFile.Check(
            file, where, () => features(zeros([2, 3, Inception.Side, Inception.Side], float32, device)), shape => shape is [2, > 1], "[2, D] of two images, from forward(images, return_features)");
        return x => new(features(x));
    }
}
