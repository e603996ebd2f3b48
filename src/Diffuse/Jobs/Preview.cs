using Diffuse.Imaging;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>The sheets of training: seeds 0, 1, 2, ... and all classes in turn, so that those of two moments show the same noise.</summary>
internal sealed class Preview(RunPlan plan) : IPreview
{
    private const int AtOnce = 64;

    /// <inheritdoc/>
    public long Evaluations => (long)plan.Config.Sampling.Count * plan.Generation.Evaluations * (plan.None is not null && plan.Config.Sampling.Guidance is not (0 or 1) ? 2 : 1);

    /// <inheritdoc/>
    public void Draw(string path, CancellationToken stop)
    {
        var count = plan.Config.Sampling.Count;
        var labels = Sheet.Labels(count, plan.Images.Classes);
        var images = new List<Raster>();
        foreach (var part in Enumerable.Range(0, count).Chunk(AtOnce))
        {
            using var scope = NewDisposeScope();
            var given = Sheet.Condition(labels is null ? null : part.Select(i => labels[i]), plan.Device);
            images.AddRange(Sheet.Rasters(plan.Generation.Draw([.. part.Select(i => (long)i)], given, stop)));
        }

        Png.Save(path, Sheet.Compose(images, labels, plan.Images.Classes, title: ""));
    }
}
