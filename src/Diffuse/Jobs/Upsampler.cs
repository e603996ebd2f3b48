using Diffuse.Conditions;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>A model that enlarges what another has drawn (Ho et al. 2021, cascaded diffusion), each image from the same seed.</summary>
internal sealed class Upsampler : IDisposable
{
    private readonly LoadedModel model;
    private readonly LowResolution low;

    private Upsampler(LoadedModel model, LowResolution low) => (this.model, this.low) = (model, low);

    /// <summary>That of <c>sampling.upsampler</c>; null where there is none.</summary>
    /// <exception cref="ConfigException">It enlarges other images.</exception>
    public static Upsampler? Of(RunPlan plan)
    {
        var path = plan.Config.Sampling.Upsampler;
        if (path.Length == 0)
        {
            return null;
        }

        var model = LoadedModel.OpenToServe(path, plan.Config.Device);
        var (ours, theirs) = (plan.Images, model.Plan.Images);
        if (model.Plan.Conditions.Find<LowResolution>() is { } low
            && (theirs.Height, theirs.Width, theirs.Channels) == (ours.Height * low.Factor, ours.Width * low.Factor, ours.Channels))
        {
            return new Upsampler(model, low);
        }

        model.Dispose();
        throw new ConfigException($"sampling.upsampler: {path} does not enlarge images of {ours.Width}x{ours.Height}x{ours.Channels}; allowed: a run with condition low-resolution that does");
    }

    /// <param name="images">[N, C, h, w] in [-1, 1].</param>
    /// <returns>[N, C, H, W].</returns>
    public Tensor Enlarged(Tensor images, IReadOnlyList<long> seeds, CancellationToken stop)
    {
        var wanted = Wanted.Of(seeds.Count, model.Plan, image: low.Enlarged(images).Image);
        return model.Plan.Generation.Draw(seeds, wanted.Given([.. Enumerable.Range(0, seeds.Count)]), stop);
    }

    public void Dispose() => model.Dispose();
}
