using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>How a network that was not trained here wants its images: (x - mean) / std by channel, of x in [0, 1]. One value stands for all channels.</summary>
public sealed record Normalization(IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    /// <summary>Images of so many channels in [-1, 1], as all networks of this tool see them.</summary>
    public static Normalization Own(int channels) => new([.. Enumerable.Repeat(0.5, channels)], [.. Enumerable.Repeat(0.5, channels)]);

    /// <summary>As Hugging Face's preprocessor_config.json says it.</summary>
    public string ToJson() => NetworkJson.Write(new { image_mean = Mean, image_std = Std });

    /// <param name="x">[N, C, H, W] in [-1, 1]; a single channel is repeated where there are means of several.</param>
    public Tensor Apply(Tensor x)
    {
        var images = x.shape[1] == 1 && Mean.Count > 1 ? x.expand(x.shape[0], Mean.Count, x.shape[2], x.shape[3]) : x;
        return ((images.to(float32) + 1) / 2 - Column(Mean, x.device)) / Column(Std, x.device);
    }

    private static Tensor Column(IReadOnlyList<double> values, Device device) => tensor(values.ToArray(), [1, values.Count, 1, 1], float32, device);
}
