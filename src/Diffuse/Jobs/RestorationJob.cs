using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Evaluation;
using Diffuse.Imaging;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// <c>diffuse sample --restore</c>: images are framed as in training, degraded to the end and restored, once by the sampler and once directly,
/// D(x_T; T) (Bansal et al. 2022, section 4). One PNG for each, and a sheet of all with their originals.
/// </summary>
internal static class RestorationJob
{
    private static readonly string[] columns = ["original", "degraded", "direct", "restored"];

    public static RestoreResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.OpenDenoiser(request.Model, request.Overrides, report.Log.Warning);
        var (plan, sampling) = (model.Plan, model.Plan.Config.Sampling);
        if (plan.Process is NoiseSchedule)
        {
            throw new ConfigException(
                $"--restore: {model.Path} was trained to take noise away, and its noise leaves nothing of an image; allowed: models of a degradation such as blur");
        }

        List<GivenImage> originals = [.. GivenImages.Read(request.Restore!, "--restore", plan).Take(sampling.Count)];
        var wanted = Wanted.OnlyAsked(originals.Count, plan, request.Classes, request.Prompts);
        var folder = request.Folder(model.Run);
        var files = Enumerable.Range(0, originals.Count).Select(i => Path.Combine(folder, i.ToString("D6", CultureInfo.InvariantCulture) + ".png")).ToList();
        var grid = Path.Combine(folder, SamplingJob.GridFile);
        SamplingJob.CheckFree(files.Append(grid));
        Directory.CreateDirectory(folder);
        report.Log.Information(
            "{Model:l}: {Count} images, {Sampler:l}, {Steps} steps",
            model.Path, originals.Count, Kinds.NameOf(sampling.Sampler.GetType()), sampling.Steps);
        var cells = new List<Raster>();
        var (psnr, rmse) = (new List<double>[3], new List<double>[3]);
        foreach (var k in Enumerable.Range(0, 3))
        {
            (psnr[k], rmse[k]) = ([], []);
        }

        foreach (var part in Enumerable.Range(0, originals.Count).Chunk(request.Batch))
        {
            report.Count("images", part[0], originals.Count);
            using var scope = NewDisposeScope();
            var x0 = GivenImages.Tensor([.. part.Select(i => originals[i])], plan.Device);
            var restored = plan.Generation.Restore(x0, [.. part.Select(i => (long)i)], wanted.Given(part), stop);
            Tensor[] made = [restored.Degraded, restored.Direct, restored.Images];
            foreach (var (k, images) in made.Index())
            {
                psnr[k].AddRange(Fidelity.Psnr(images, x0));
                rmse[k].AddRange(Fidelity.Rmse(images, x0));
            }

            var rasters = made.Select(Pixels.ToRasters).ToList();
            foreach (var (at, i) in part.Index())
            {
                Png.Save(files[i], rasters[2][at]);
                cells.AddRange([originals[i].Pixels, .. rasters.Select(images => images[at])]);
            }
        }

        report.Count("images", originals.Count, originals.Count);
        Png.Save(grid, new SampleGrid { Columns = columns.Length, ColumnLabels = columns }.Compose(cells));
        return new RestoreResult(
            folder, grid, [.. files.Zip(originals, (file, original) => new RestoredImage(file, original.Name))],
            [
                .. columns.Skip(1).Select((what, k) => Metric.Of($"PSNR {what}", psnr[k], "dB")),
                .. columns.Skip(1).Select((what, k) => Metric.Of($"RMSE {what}", rmse[k], "of 0..1")),
            ]);
    }
}
