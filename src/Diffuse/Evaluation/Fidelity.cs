using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>How near images are to the originals, pixels counted from 0 to 1.</summary>
internal static class Fidelity
{
    /// <summary>
    /// The mean square of what rounding to 256 levels changes: no difference counts as less, so that equal images have a finite PSNR, 58.9 dB.
    /// </summary>
    private const double Rounding = 1.0 / (12 * 255 * 255);

    /// <summary>Root of the mean squared error of each image.</summary>
    /// <param name="images">[N, C, H, W] in [-1, 1].</param>
    /// <param name="originals">Likewise.</param>
    public static IReadOnlyList<double> Rmse(Tensor images, Tensor originals)
    {
        using var scope = NewDisposeScope();
        var squares = ((images - originals) / 2).to(ScalarType.Float64).square().flatten(1).mean([1]);
        return squares.sqrt().cpu().data<double>().ToArray();
    }

    /// <summary>Peak signal-to-noise ratio of each image in decibels: -20 log10 RMSE.</summary>
    /// <inheritdoc cref="Rmse"/>
    public static IReadOnlyList<double> Psnr(Tensor images, Tensor originals) =>
        [.. Rmse(images, originals).Select(rmse => -10 * Math.Log10(Math.Max(rmse * rmse, Rounding)))];
}
