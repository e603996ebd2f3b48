using System.Globalization;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Evaluation;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// <c>diffuse sample --encode</c>: walks images up the grid into their noise and down again (Song et al. 2020, section 5.4). How well they come
/// back tells how finely the grid follows the model's ordinary differential equation.
/// </summary>
internal static class EncodingJob
{
    private const string Option = "--encode";

    public static EncodeResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.OpenDenoiser(request.Model, request.Overrides, report.Log.Warning);
        var plan = model.Plan;
        Check(plan, Option);
        var images = GivenImages.Read(request.Encode!, Option, plan);
        using var lasting = NewDisposeScope();
        var embedding = plan.Conditions.Find<ImageEmbedding>()?.Of(GivenImages.Tensor(images, plan.Device));
        var wanted = Wanted.OnlyAsked(images.Count, plan, request.Classes, request.Prompts, embedding);
        var folder = request.Folder(model.Run);
        var files = images.Select((_, i) => Path.Combine(folder, i.ToString("D6", CultureInfo.InvariantCulture) + ".png")).ToList();
        var grid = Path.Combine(folder, SamplingJob.GridFile);
        SamplingJob.CheckFree(files.Append(grid));
        Directory.CreateDirectory(folder);
        report.Log.Information("{Model:l}: {Count} images, up and down {Steps} steps", model.Path, images.Count, plan.Config.Sampling.Steps);
        List<Raster> shown = [];
        List<EncodedImage> results = [];
        foreach (var part in Enumerable.Range(0, images.Count).Chunk(request.Batch))
        {
            report.Count("images", results.Count, images.Count);
            using var scope = NewDisposeScope();
            var given = wanted.Given(part);
            var x0 = GivenImages.Tensor([.. part.Select(i => images[i])], plan.Device);
            var xT = plan.Generation.Encode(x0, given, stop);
            var back = plan.Generation.Decode(xT, given, stop);
            var psnr = Fidelity.Psnr(back, x0);
            var (seen, decoded) = (Pixels.ToRasters(xT / 3), Pixels.ToRasters(back));
            foreach (var (place, i) in part.Index())
            {
                Png.Save(files[i], decoded[place]);
                shown.AddRange([images[i].Pixels, seen[place], decoded[place]]);
                results.Add(new EncodedImage(images[i].Name, files[i], psnr[place]));
            }
        }

        report.Count("images", results.Count, images.Count);
        Png.Save(grid, new SampleGrid { Columns = 3, ColumnLabels = ["image", "noise", "decoded"] }.Compose(shown));
        return new EncodeResult(folder, grid, results.Average(image => image.Psnr), results);
    }

    /// <exception cref="ConfigException">The sampler draws noise, or knows no way up.</exception>
    public static void Check(RunPlan plan, string option)
    {
        var sampler = plan.Config.Sampling.Sampler;
        if (plan.Config.Sampling.Guides.Any(guide => guide.Repeats > 1))
        {
            throw new ConfigException($"{option}: recurrence draws noise; allowed: recurrence 1");
        }

        if (!sampler.Encodes)
        {
            var kind = Kinds.NameOf(sampler.GetType());
            throw new ConfigException($"{option}: sampler {kind} as configured cannot encode; allowed: one without noise, such as --sampler ddim");
        }
    }
}
