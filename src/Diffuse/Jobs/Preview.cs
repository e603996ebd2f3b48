using Diffuse.Imaging;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>The sheets of training: seeds 0, 1, 2, ... and all classes or prompts in turn, so that those of two moments show the same noise.</summary>
/// <param name="wish">What so many images are to show.</param>
internal sealed class Preview(RunPlan plan, Func<int, Wanted> wish) : IPreview
{
    private const int AtOnce = 64;

    /// <inheritdoc/>
    public long Evaluations => (long)plan.Config.Sampling.Count * plan.Generation.Evaluations * (plan.Conditions.Null is not null && plan.Config.Sampling.Guidance is not (0 or 1) ? 2 : 1);

    /// <inheritdoc/>
    public void Draw(string path, CancellationToken stop)
    {
        var count = plan.Config.Sampling.Count;
        var wanted = wish(count);
        var images = new List<Raster>();
        foreach (var part in Enumerable.Range(0, count).Chunk(AtOnce))
        {
            using var scope = NewDisposeScope();
            images.AddRange(Pixels.ToRasters(plan.Generation.Draw([.. part.Select(i => (long)i)], wanted.Given(part), stop)));
        }

        Png.Save(path, Sheet.Compose(images, wanted.Names, title: ""));
    }
}
