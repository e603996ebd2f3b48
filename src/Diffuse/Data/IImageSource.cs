using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>Numbered images, 0 to Count - 1, the same numbers every time. All members may be used by several threads at once.</summary>
public interface IImageSource : IDisposable
{
    int Count { get; }

    /// <summary>The names of labels 0, 1, ...; empty where there are no labels.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>How messages name the image, for example its path inside the folder.</summary>
    string Name(int index);

    /// <summary>
    /// What tells, without decoding, that the image has changed: its stored size, and its checksum where that is at hand.
    /// </summary>
    string Stamp(int index);

    /// <summary>An index into <see cref="Classes"/>; null where this image has no label.</summary>
    int? Label(int index);

    /// <summary>A caption; null where there is none.</summary>
    string? Text(int index) => null;

    /// <summary>Height and width as it is stored.</summary>
    /// <exception cref="UnreadableImageException">The image is damaged.</exception>
    (int Height, int Width) Size(int index);

    /// <exception cref="UnreadableImageException">The image is damaged; others may be whole.</exception>
    Raster Read(int index, Framing framing);
}
