using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>Drawn images and real ones, of one size, [N, C, H, W] in [-1, 1] of 256 levels. A batch lives until the next is asked for.</summary>
public interface IImageSets
{
    /// <summary>The drawn images; they are drawn when they are first asked for, and kept.</summary>
    /// <exception cref="Configuration.ConfigException">There are fewer.</exception>
    IEnumerable<Tensor> Drawn(int count, CancellationToken stop);

    /// <summary>The class that each of the first drawn images was to show, and how many classes there are; null where none was asked for.</summary>
    (IReadOnlyList<int> Labels, int Classes)? Asked(int count);

    /// <summary>Real images, chosen by the seed.</summary>
    /// <exception cref="Configuration.ConfigException">There are fewer.</exception>
    IEnumerable<Tensor> Real(int count, CancellationToken stop);

    /// <summary>The first images that were held out of training; none where none were.</summary>
    IEnumerable<Tensor> HeldOut(int count, CancellationToken stop);

    /// <summary>The Gaussian of the real images' features, where that is all that is known of them; null otherwise.</summary>
    (Tensor Mean, Tensor Covariance)? Known { get; }

    /// <summary>The numbers of all images that were trained on.</summary>
    IReadOnlyList<int> Training { get; }

    /// <summary>Images that were trained on.</summary>
    Tensor TrainingImages(IReadOnlyList<int> indices);

    /// <summary>The network in whose features sets are compared: the one named, or what is at hand.</summary>
    /// <exception cref="Configuration.ConfigException">There is none.</exception>
    IFeatureNetwork Network(FeatureOptions? options);

    /// <summary>The features of the real images, kept for the next time where that can be done.</summary>
    Features RealFeatures(IFeatureNetwork network, int count, CancellationToken stop);

    /// <summary>Keeps images for a person to look at.</summary>
    /// <param name="pairs">[N, C, H, W], shown in rows of two.</param>
    void Show(string name, Tensor pairs, IReadOnlyList<string> columns, IReadOnlyList<string> rows);
}
