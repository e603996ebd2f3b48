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

    /// <summary>
    /// Structural similarity of each image (Wang et al. 2004, equation 13), the mean over channels and over the places of an 11x11 Gaussian window of
    /// sigma 1.5 that lie inside; a smaller odd window in images that are smaller.
    /// </summary>
    /// <inheritdoc cref="Rmse"/>
    public static IReadOnlyList<double> Ssim(Tensor images, Tensor originals)
    {
        const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
        using var scope = NewDisposeScope();
        var (x, y) = (Pixels(images), Pixels(originals));
        var side = (int)Math.Min(11, Math.Min(x.shape[2], x.shape[3]));
        side -= 1 - side % 2;
        var along = Enumerable.Range(0, side).Select(i => Math.Exp(-Math.Pow(i - side / 2, 2) / (2 * 1.5 * 1.5))).ToArray();
        var row = tensor(along) / along.Sum();
        var window = row.unsqueeze(1).mul(row.unsqueeze(0)).reshape(1, 1, side, side).expand(x.shape[1], 1, side, side);
        var (mx, my) = (Mean(x), Mean(y));
        var (vx, vy, covariance) = (Mean(x.square()) - mx.square(), Mean(y.square()) - my.square(), Mean(x * y) - mx * my);
        var map = (2 * mx * my + c1) * (2 * covariance + c2) / ((mx.square() + my.square() + c1) * (vx + vy + c2));
        return map.flatten(1).mean([1]).data<double>().ToArray();

        static Tensor Pixels(Tensor t) => ((t.cpu().to(ScalarType.Float64) + 1) / 2).clamp(0, 1);

        Tensor Mean(Tensor t) => nn.functional.conv2d(t, window, groups: t.shape[1]);
    }
}
