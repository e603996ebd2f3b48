using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>Some images of a source, numbered anew in its order. The classes stay those of the source, so that labels do.</summary>
internal sealed class Selection(IImageSource source, IReadOnlyList<int> chosen) : IImageSource
{
    public int Count => chosen.Count;

    public IReadOnlyList<string> Classes => source.Classes;

    /// <summary>The images whose caption and name hold none of some words, in any case.</summary>
    /// <exception cref="ConfigException">None is left, or one of the words is in no image.</exception>
    public static IImageSource Without(IImageSource source, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return source;
        }

        if (words.FirstOrDefault(word => !Enumerable.Range(0, source.Count).Any(index => Holds(index, word))) is { } idle)
        {
            throw new ConfigException($"data.without: \"{idle}\" is in no image's caption or name; take it out, or look for its spelling in the data");
        }

        List<int> chosen = [.. Enumerable.Range(0, source.Count).Where(index => !words.Any(word => Holds(index, word)))];
        return chosen.Count > 0
            ? new Selection(source, chosen)
            : throw new ConfigException($"data.without: no image of {source.Count} is left; each holds one of {string.Join(", ", words)}");

        bool Holds(int index, string word) =>
            source.Text(index)?.Contains(word, StringComparison.OrdinalIgnoreCase) == true || source.Name(index).Contains(word, StringComparison.OrdinalIgnoreCase);
    }

    public string Name(int index) => source.Name(chosen[index]);

    public string Stamp(int index) => source.Stamp(chosen[index]);

    public int? Label(int index) => source.Label(chosen[index]);

    public string? Text(int index) => source.Text(chosen[index]);

    public (int Height, int Width) Size(int index) => source.Size(chosen[index]);

    public Raster Read(int index, Framing framing) => source.Read(chosen[index], framing);

    public void Dispose() => source.Dispose();
}
