using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Latents;

/// <summary>
/// The batches of a stream in latents. Every image is encoded once (mirrored ones too), before the first batch, and the latents are kept: in memory, and in the
/// cache for the next start.
/// </summary>
internal sealed class EncodedStream : IDisposable
{
    private const int AtOnce = 32;

    private readonly ImageStream stream;
    private readonly Device device;
    private readonly bool withPixels;
    private readonly Dictionary<int, long> rows;

    /// <summary>[M, D, h, w], the mirrored ones after the others where there are any.</summary>
    private readonly Tensor latents;

    /// <summary>[M, E], likewise; null where the network is told none.</summary>
    private readonly Tensor? embeddings;

    /// <param name="space">Measured on the training images.</param>
    /// <param name="embed">A vector of each image beside its latents, which the network is told, and what tells it from others; null: none.</param>
    /// <param name="withPixels">Whether batches hold the pixels too.</param>
    /// <param name="seen">Told how many images are encoded, of how many.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for.</exception>
    public EncodedStream(
        ImageStream stream, DataSet data, MeasuredLatents space, (Func<Tensor, Tensor> Of, string Key)? embed, bool withPixels, Device device, Action<long, long> seen, CancellationToken stop)
    {
        (this.stream, this.device, this.withPixels) = (stream, device, withPixels);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        int[] images = [.. data.Training, .. data.HeldOut];
        var cache = new TensorCache("latents", $"latents 2\n{space.Key}\n{embed?.Key}\n{data.Fingerprint}\n{data.Flips}\n{string.Join(' ', data.HeldOut)}");
        var stored = cache.Read() ?? Encoded();
        var raw = stored["latents"];
        rows = stored["images"].data<long>().ToArray().Select(index => (int)index).Index().ToDictionary(image => image.Item, image => (long)image.Index);
        var training = data.Training.Where(rows.ContainsKey).Select(index => rows[index]).ToArray();
        space.Measure(raw.index_select(0, tensor(training)).to(device));
        latents = space.Normalized(raw.to(device)).DetachFromDisposeScope();
        embeddings = embed is null ? null : stored["embeddings"].to(device).DetachFromDisposeScope();

        Dictionary<string, Tensor> Encoded()
        {
            var readable = new List<int>();
            var parts = new Dictionary<string, (List<Tensor> Plain, List<Tensor> Mirrored)> { ["latents"] = ([], []) };
            if (embed is not null)
            {
                parts["embeddings"] = ([], []);
            }

            foreach (var (number, part) in images.Chunk(AtOnce).Index())
            {
                stop.ThrowIfCancellationRequested();
                seen((long)number * AtOnce, images.Length);
                using var inner = NewDisposeScope();
                if (stream.Read(part) is not var (pixels, found) || found.Count == 0)
                {
                    continue;
                }

                readable.AddRange(found);
                foreach (var (name, (plain, mirrored)) in parts)
                {
                    Func<Tensor, Tensor> of = name == "latents" ? space.Raw : embed!.Value.Of;
                    plain.Add(of(pixels).cpu().MoveToOuterDisposeScope());
                    if (data.Flips)
                    {
                        mirrored.Add(of(pixels.flip(3)).cpu().MoveToOuterDisposeScope());
                    }
                }
            }

            seen(images.Length, images.Length);
            var all = parts.ToDictionary(part => part.Key, part => cat([.. part.Value.Plain, .. part.Value.Mirrored], 0));
            all["images"] = tensor(readable.Select(index => (long)index).ToArray());
            cache.Keep([.. all.Select(one => (one.Key, one.Value))]);
            return all;
        }
    }

    /// <inheritdoc cref="ImageStream.Batches"/>
    public IEnumerable<Batch> Batches(long start, int size)
    {
        for (var first = start; ; first += size)
        {
            var numbers = Enumerable.Range(0, size).Select(i => stream.Numbered(first + i, rows.ContainsKey)).ToList();
            yield return Of([.. numbers.Select(number => number.Index)], numbers.Select(number => number.Mirrored));
        }
    }

    /// <inheritdoc cref="ImageStream.HeldOut"/>
    public IEnumerable<Batch> HeldOut(int size) => stream.Held.Where(rows.ContainsKey).Chunk(size).Select(part => Of(part, part.Select(_ => false)));

    public void Dispose()
    {
        latents.Dispose();
        embeddings?.Dispose();
    }

    private Batch Of(int[] indices, IEnumerable<bool> mirrored)
    {
        bool[] flipped = [.. mirrored];
        var at = tensor(indices.Zip(flipped, (index, flip) => rows[index] + (flip ? rows.Count : 0)).ToArray(), device: device);
        return new Batch(
            latents.index_select(0, at), stream.Given(indices) with { Embedding = embeddings?.index_select(0, at) }, indices, withPixels ? Pixels(indices, flipped) : null);
    }

    private Tensor Pixels(int[] indices, bool[] flipped)
    {
        var pixels = stream.Read(indices)!.Value.Images;
        return where(tensor(flipped, device: device).view(-1, 1, 1, 1), pixels.flip(3), pixels);
    }
}
