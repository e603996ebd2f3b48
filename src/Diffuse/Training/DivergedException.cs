namespace Diffuse.Training;

/// <summary>The loss or the gradient stopped being a number. The weights of the last checkpoint are the last good ones.</summary>
/// <param name="step">The step of the optimizer, counted from 1.</param>
/// <param name="found">What is not finite.</param>
/// <param name="layer">The first layer whose output, or the last parameter whose gradient, is not finite; null where it did not show again.</param>
/// <param name="images">The names of the images to look at: those with a loss that is not finite, or the whole batch.</param>
public sealed class DivergedException(long step, string found, string? layer, IReadOnlyList<string> images)
    : Exception($"training diverged in step {step}: {found}{(layer is null ? "" : $", first in {layer}")}; images: {Listed(images)}")
{
    private const int Shown = 8;

    public long Step => step;

    public string? Layer => layer;

    public IReadOnlyList<string> Images => images;

    private static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
}
