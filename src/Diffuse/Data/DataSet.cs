using System.Collections.Concurrent;
using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>
/// A source brought to one size: decoded once, kept in a cache, split into training and held-out images. All members may be used by
/// several threads at once. Nothing that belongs to the user is changed.
/// </summary>
public sealed class DataSet : IDisposable
{
    private const int Probes = 8, NamedCorrupt = 20;

    private readonly IImageSource source;
    private readonly IPixelCache? cache;
    private readonly DataOptions options;
    private readonly Action<string> report;
    private readonly ConcurrentDictionary<int, string> corrupt = [];

    private DataSet(IImageSource source, DataOptions options, long seed, string cacheFolder, Action<string> report)
    {
        (this.source, this.options, Framing, this.report) = (source, options, options.Framing, report);
        Classes = options.Labels ? source.Classes : [];
        CheckLabels();
        var split = Split.Of(source.Count, options.HeldOut, seed);
        (Training, HeldOut) = (split.Training, split.HeldOut);
        Fingerprint = Data.Fingerprint.Of(source, Framing, options.Labels);
        cache = (long)source.Count * Framing.Bytes <= (long)options.CacheMb << 20
            ? new MemoryCache(source.Count)
            : DiskCache.Open(cacheFolder, Fingerprint, source.Count, Framing.Bytes, report);
        try
        {
            Probe();
        }
        catch
        {
            cache?.Dispose();
            throw;
        }
    }

    /// <summary>Number of images, held-out and corrupt ones included.</summary>
    public int Count => source.Count;

    /// <summary>Class names by label; empty for data without labels.</summary>
    public IReadOnlyList<string> Classes { get; }

    public Framing Framing { get; }

    /// <summary>
    /// Changes when an image is added, removed, relabelled or replaced by one of another size, and with the preprocessing.
    /// </summary>
    public string Fingerprint { get; }

    /// <summary>The numbers of the images that are trained on, ascending.</summary>
    public IReadOnlyList<int> Training { get; }

    /// <summary>The numbers of those that are not, ascending.</summary>
    public IReadOnlyList<int> HeldOut { get; }

    /// <summary>What was met so far that cannot be decoded: number and reason, which begins with the name.</summary>
    public IReadOnlyDictionary<int, string> Corrupt => corrupt;

    /// <summary>What the images take that are yet to be read into memory.</summary>
    internal long BytesToCache => cache is MemoryCache ? (long)Framing.Bytes * Enumerable.Range(0, Count).Count(index => !cache.Has(index)) : 0;

    internal int Workers => options.Workers > 0 ? options.Workers : Environment.ProcessorCount;

    internal bool Flips => options.Flip;

    /// <param name="seed">Of the held-out split.</param>
    /// <param name="report">Told in one sentence each what a person should know: corrupt files, where the cache is. Called from several
    /// threads, one at a time.</param>
    /// <param name="cacheFolder">For data sets larger than <see cref="DataOptions.CacheMb"/>; by default the user's cache folder.</param>
    /// <exception cref="ConfigException">The path is missing or holds no readable images, or labels are missing for some.</exception>
    public static DataSet Open(DataOptions options, long seed, Action<string> report, string? cacheFolder = null)
    {
        if (options.Path.Length == 0)
        {
            throw Problem.OfPath("no path is given; allowed: a folder with images, a .zip, IDX files or CIFAR's binary files");
        }

        var source = SourceKind.Open(options.Path, options.Kind);
        var turn = new Lock();
        try
        {
            return new DataSet(Selection.Without(source, options.Without), options, seed, cacheFolder ?? CacheFolder.Default, Report);
        }
        catch
        {
            source.Dispose();
            throw;
        }

        void Report(string sentence)
        {
            lock (turn)
            {
                report(sentence);
            }
        }
    }

    /// <summary>How messages name the image.</summary>
    public string Name(int index) => source.Name(index);

    /// <summary>Null for data without labels.</summary>
    public int? Label(int index) => options.Labels ? source.Label(index) : null;

    /// <summary>A caption; null where there is none.</summary>
    public string? Text(int index) => source.Text(index);

    /// <exception cref="UnreadableImageException">The image is corrupt.</exception>
    public Raster Read(int index)
    {
        var image = new Raster(Framing.Height, Framing.Width, Framing.Channels);
        return TryRead(index, image.Pixels) ? image : throw new UnreadableImageException(Name(index), "it cannot be decoded");
    }

    /// <summary>Whether the image is known: cached, or corrupt.</summary>
    internal bool IsKnown(int index) => cache?.Has(index) == true || corrupt.ContainsKey(index);

    /// <summary>
    /// The image's pixels [H, W, C], from the cache or decoded; false where it is corrupt and corrupt images are skipped.
    /// </summary>
    /// <exception cref="UnreadableImageException">It is corrupt, and <c>data.on_corrupt</c> is fail.</exception>
    internal bool TryRead(int index, Span<byte> pixels)
    {
        if (cache is not null && cache.TryGet(index, pixels))
        {
            return true;
        }

        if (corrupt.ContainsKey(index))
        {
            return false;
        }

        try
        {
            var image = source.Read(index, Framing);
            cache?.Put(index, image.Pixels);
            image.Pixels.CopyTo(pixels);
            return true;
        }
        catch (UnreadableImageException e) when (options.OnCorrupt == OnCorrupt.Skip)
        {
            Skip(index, e.Message);
            return false;
        }
    }

    public void Dispose()
    {
        cache?.Dispose();
        source.Dispose();
    }

    private void Skip(int index, string reason)
    {
        if (!corrupt.TryAdd(index, reason))
        {
            return;
        }

        var number = corrupt.Count;
        if (number <= NamedCorrupt)
        {
            report($"skipped {reason}{(number == NamedCorrupt ? "; further corrupt images are only counted" : "")}");
        }
    }

    private void CheckLabels()
    {
        var without = Classes.Count == 0 ? [] : Enumerable.Range(0, Count).Where(index => source.Label(index) is null).ToList();
        if (without.Count > 0)
        {
            var some = Problem.Some([.. without.Select(source.Name)], "image", "images");
            throw new ConfigException($"data.labels: {some} of {Count} without a label; give one to every image, or set labels: false");
        }
    }

    /// <summary>Decodes images here and there until one works, so that a folder of damaged files is known before training starts.</summary>
    private void Probe()
    {
        var pixels = new byte[Framing.Bytes];
        var failures = new List<string>();
        foreach (var index in Enumerable.Range(0, Math.Min(Probes, Count)).Select(i => (int)((long)i * Count / Math.Min(Probes, Count))))
        {
            try
            {
                source.Read(index, Framing);
                return;
            }
            catch (UnreadableImageException e)
            {
                failures.Add(e.Message);
            }
        }

        var some = string.Join("; ", failures.Take(3));
        throw Problem.OfPath($"none of {failures.Count} images tried in {options.Path} can be read: {some}");
    }
}
