namespace Diffuse.Training;

/// <summary>The loss or the gradient stopped being a number. The weights of the last checkpoint are the last good ones.</summary>
/// <param name="step">The step of the optimizer, counted from 1.</param>
/// <param name="images">The names of the images to look at: those with a non-finite loss, or the whole batch.</param>
/// <param name="layer">The first layer whose output, or the last whose gradient, is not finite; null where it did not show again.</param>
public sealed class DivergedException(long step, IReadOnlyList<string> images, string? layer, string found)
    : Exception(
        $"training diverged in step {step}: {found}{(layer is null ? "" : $", first in layer {layer}")}; images: {Listed(images)}")
{
    private const int Shown = 8;

    public long Step => step;

    public IReadOnlyList<string> Images => images;

    public string? Layer => layer;

    private static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
}
