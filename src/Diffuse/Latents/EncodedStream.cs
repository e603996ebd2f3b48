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
    private readonly Dictionary<int, long> rows;

    /// <summary>[M, D, h, w], the mirrored ones after the others where there are any.</summary>
    private readonly Tensor latents;

    /// <param name="space">Whose scale is set so that the latents have a standard deviation of 1.</param>
    /// <param name="seen">Told how many images are encoded, of how many.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for.</exception>
    public EncodedStream(ImageStream stream, DataSet data, AutoencoderLatents space, Device device, Action<long, long> seen, CancellationToken stop)
    {
        (this.stream, this.device) = (stream, device);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        space.Scale = 1;
        var cache = new TensorCache("latents", $"latents 1\n{space.Key}\n{data.Fingerprint}\n{data.Flips}\n{string.Join(' ', data.HeldOut)}");
        int[] images = [.. data.Training, .. data.HeldOut];
        var stored = cache.Read() ?? Encoded();
        var known = stored["latents"];
        rows = stored["images"].data<long>().ToArray().Select(index => (int)index).Index().ToDictionary(image => image.Item, image => (long)image.Index);
        var training = data.Training.Where(rows.ContainsKey).Select(index => rows[index]).ToArray();
        space.Scale = 1 / known.index_select(0, tensor(training)).std().item<float>();
        latents = (known * space.Scale).to(device).DetachFromDisposeScope();

        Dictionary<string, Tensor> Encoded()
        {
            var readable = new List<int>();
            List<Tensor> plain = [], mirrored = [];
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
                plain.Add(space.Encode(pixels).cpu().MoveToOuterDisposeScope());
                if (data.Flips)
                {
                    mirrored.Add(space.Encode(pixels.flip(3)).cpu().MoveToOuterDisposeScope());
                }
            }

            seen(images.Length, images.Length);
            var (all, numbers) = (cat([.. plain, .. mirrored], 0), tensor(readable.Select(index => (long)index).ToArray()));
            cache.Keep(("latents", all), ("images", numbers));
            return new() { ["latents"] = all, ["images"] = numbers };
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

    public void Dispose() => latents.Dispose();

    private Batch Of(int[] indices, IEnumerable<bool> mirrored)
    {
        var at = indices.Zip(mirrored, (index, flipped) => rows[index] + (flipped ? rows.Count : 0)).ToArray();
        return new Batch(latents.index_select(0, tensor(at, device: device)), stream.Given(indices), indices);
    }
}
