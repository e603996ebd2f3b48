using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

/// <summary>40 made-up images of 4x4 with labels, 8 of them held out; the order of an epoch follows from its number.</summary>
internal static class TinyData
{
    private const int Count = 32;

    public static TrainingData Create() => new(Batches, HeldOut, index => $"image-{index}.png");

    private static IEnumerable<Batch> Batches(long start, int size)
    {
        for (; ; start += size)
        {
            yield return Batch(Enumerable.Range(0, size).Select(i => Order((start + i) / Count)[(start + i) % Count]).ToList());
        }
    }

    private static IEnumerable<Batch> HeldOut(int size) => Enumerable.Range(Count, 8).Chunk(size).Select(Batch);

    private static int[] Order(long epoch)
    {
        var order = Enumerable.Range(0, Count).ToArray();
        Seeds.Random(5, epoch).Shuffle(order);
        return order;
    }

    private static Batch Batch(IReadOnlyList<int> indices)
    {
        var pixels = indices.SelectMany(index => Enumerable.Range(0, 16).Select(k => MathF.Sin((index + 1) * (k + 0.5f)))).ToArray();
        var labels = indices.Select(index => (long)index % 10).ToArray();
        return new Batch(tensor(pixels, [indices.Count, 1, 4, 4]), new Condition(Label: tensor(labels)), indices);
    }
}
