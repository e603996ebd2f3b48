using Diffuse.Imaging;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Data;

/// <summary>
/// The training images in their order. Image number n of a run is a function of (seed, n): the epoch is n / M over the M training images,
/// the place in it n % M, the image there the epoch's <see cref="Permutation"/>, and whether it is mirrored a hash. A corrupt image is
/// replaced by the next good one of the permutation. So training goes on at any n without replaying what came before.
/// </summary>
/// <remarks>Worker threads decode ahead; tensors are made on the thread that enumerates, in its dispose scope.</remarks>
/// <param name="tokenizer">Null: captions are not read.</param>
public sealed class ImageStream(DataSet data, long seed, Device device, ITokenizer? tokenizer = null)
{
    private const long Mirrored = 0xF11B;
    private const int MostCorruptInARow = 1000;

    /// <summary>Finds an image in an order: the image for number n when <paramref name="skip"/> candidates are corrupt.</summary>
    private delegate int Order(long n, int skip);

    /// <summary>Batches without end, the first starting at image number <paramref name="start"/> of the run.</summary>
    /// <exception cref="UnreadableImageException">While enumerating: a corrupt image, where <c>data.on_corrupt</c> is fail.</exception>
    /// <exception cref="InvalidDataException">While enumerating: corrupt images only.</exception>
    public IEnumerable<Batch> Batches(long start, int size) => Assemble(data.Training, Training, start, long.MaxValue, size, data.Flips);

    /// <summary>The held-out images once through in the order of their numbers, never mirrored; the last batch may be smaller.</summary>
    /// <inheritdoc cref="Batches"/>
    public IEnumerable<Batch> HeldOut(int size) =>
        Assemble(data.HeldOut, (n, skip) => data.HeldOut[(int)((n + skip) % data.HeldOut.Count)], 0, data.HeldOut.Count, size, flip: false);

    /// <summary>The images that are held out, in their order.</summary>
    internal IReadOnlyList<int> Held => data.HeldOut;

    /// <summary>Image number n of the run, and whether it is mirrored.</summary>
    /// <param name="good">Whether an image can be read; the next that can stands for one that cannot.</param>
    internal (int Index, bool Mirrored) Numbered(long n, Predicate<int> good) =>
        (Enumerable.Range(0, data.Training.Count).Select(skip => Training(n, skip)).First(index => good(index)), data.Flips && IsMirrored(n));

    /// <summary>What is known of images beside their pixels.</summary>
    internal Condition Given(int[] indices) => new(Label: Labels(indices), Caption: Captions(indices));

    /// <summary>[N, C, H, W] in [-1, 1] of those images that can be read, and which they are.</summary>
    internal (Tensor Images, IReadOnlyList<int> Indices)? Read(IReadOnlyList<int> indices)
    {
        var bytes = new byte[data.Framing.Bytes];
        List<int> read = [];
        List<Tensor> images = [];
        foreach (var index in indices.Where(index => data.TryRead(index, bytes)))
        {
            read.Add(index);
            images.Add(tensor(bytes, [1, data.Framing.Height, data.Framing.Width, data.Framing.Channels]));
        }

        return read.Count == 0 ? null : (Pixels.OfBytes(cat([.. images], 0), device), read);
    }

    private int Training(long n, int skip)
    {
        var count = data.Training.Count;
        var (epoch, place) = Math.DivRem(n, count);
        return data.Training[new Permutation(count, seed, epoch).At((int)((place + skip) % count))];
    }

    private IEnumerable<Batch> Assemble(IReadOnlyList<int> images, Order order, long start, long end, int size, bool flip)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        Ahead<(int Index, byte[] Pixels)>? ahead = null;
        try
        {
            for (var first = start; first < end; first += size)
            {
                // Asked once an epoch: when all images are in the cache, nobody has to work ahead.
                if (first == start || first / images.Count > (first - size) / images.Count)
                {
                    var known = images.All(data.IsKnown);
                    if (known)
                    {
                        ahead?.Dispose();
                    }

                    ahead = known ? null : ahead ?? new(Decoded, first, end, data.Workers, depth: Math.Max(2 * size, 4 * data.Workers));
                }

                yield return Next(first, (int)Math.Min(size, end - first));
            }
        }
        finally
        {
            ahead?.Dispose();
        }

        (int Index, byte[] Pixels) Decoded(long n)
        {
            var pixels = new byte[data.Framing.Bytes];
            return (Image(order, n, flip, pixels), pixels);
        }

        Batch Next(long first, int count)
        {
            using var scope = NewDisposeScope();
            var bytes = empty([count, data.Framing.Height, data.Framing.Width, data.Framing.Channels], ScalarType.Byte);
            var indices = new int[count];
            var all = bytes.bytes;
            for (var i = 0; i < count; i++)
            {
                var pixels = all.Slice(i * data.Framing.Bytes, data.Framing.Bytes);
                if (ahead is null)
                {
                    indices[i] = Image(order, first + i, flip, pixels);
                }
                else
                {
                    (indices[i], var decoded) = ahead.Next();
                    decoded.CopyTo(pixels);
                }
            }

            var given = Given(indices);
            given.Label?.MoveToOuterDisposeScope();
            given.Caption?.MoveToOuterDisposeScope();
            return new Batch(Pixels.OfBytes(bytes, device).MoveToOuterDisposeScope(), given, indices);
        }
    }

    private Tensor? Labels(int[] indices) => data.Classes.Count == 0
        ? null
        : tensor(indices.Select(index => (long)data.Label(index)!.Value).ToArray(), device: device);

    private Tensor? Captions(int[] indices)
    {
        if (tokenizer is null)
        {
            return null;
        }

        var ids = indices.SelectMany(index => tokenizer.Encode(data.Text(index)!)).Select(id => (long)id).ToArray();
        return tensor(ids, [indices.Length, ids.Length / indices.Length], device: device);
    }

    /// <summary>Puts the image for number n into <paramref name="pixels"/> and tells which it is.</summary>
    private int Image(Order order, long n, bool flip, Span<byte> pixels)
    {
        var most = Math.Min(data.Count, MostCorruptInARow);
        for (var skip = 0; skip < most; skip++)
        {
            var index = order(n, skip);
            if (data.TryRead(index, pixels))
            {
                if (flip && IsMirrored(n))
                {
                    Mirror(pixels);
                }

                return index;
            }
        }

        throw new InvalidDataException($"{most} images in a row are corrupt, for example {string.Join("; ", data.Corrupt.Values.Take(3))}");
    }

    private bool IsMirrored(long n) => Seeds.Of(seed, Mirrored, n) % 2 == 1;

    private void Mirror(Span<byte> pixels)
    {
        var channels = data.Framing.Channels;
        for (var row = pixels; !row.IsEmpty; row = row[(data.Framing.Width * channels)..])
        {
            for (int left = 0, right = data.Framing.Width - 1; left < right; left++, right--)
            {
                for (var c = 0; c < channels; c++)
                {
                    (row[left * channels + c], row[right * channels + c]) = (row[right * channels + c], row[left * channels + c]);
                }
            }
        }
    }
}
