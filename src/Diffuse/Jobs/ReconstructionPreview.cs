using Diffuse.Data;
using Diffuse.Imaging;
using Diffuse.Networks;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>The sheets of an autoencoder's training: images that were held out (or the first ones), each above what the network makes of it.</summary>
internal sealed class ReconstructionPreview(Autoencoder network, DataSet data, Device device) : IPreview
{
    private const int Columns = 16, Rows = 2;

    private readonly IReadOnlyList<int> shown = [.. (data.HeldOut.Count > 0 ? data.HeldOut : data.Training).Where(index => !data.Corrupt.ContainsKey(index)).Take(Columns * Rows)];

    /// <inheritdoc/>
    public long Evaluations => shown.Count;

    /// <inheritdoc/>
    public void Draw(string path, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        var originals = shown.Select(data.Read).ToList();
        var decoded = Pixels.ToRasters(network.Decode(network.Encode(Pixels.OfRasters(originals, device))));
        var rows = originals.Chunk(Columns).Zip(decoded.Chunk(Columns), (above, below) => above.Concat(below));
        Png.Save(path, new SampleGrid { Columns = Math.Min(Columns, shown.Count) }.Compose([.. rows.SelectMany(row => row)]));
    }
}
