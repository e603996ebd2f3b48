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
        using var model = LoadedModel.Open(request.Model, request.Overrides, report.Log.Warning);
        var (plan, sampling) = (model.Plan, model.Plan.Config.Sampling);
        if (plan.Model.Process is NoiseSchedule)
        {
            throw new ConfigException($"--restore: {model.Path} was trained to take noise away, and its noise leaves nothing of an image; allowed: models of a degradation such as blur");
        }

        var originals = Originals(request.Restore!, sampling.Count, plan);
        var labels = Labels(request, originals.Count, plan);
        var folder = request.Folder(model.Run);
        var files = Enumerable.Range(0, originals.Count).Select(i => Path.Combine(folder, i.ToString("D6", CultureInfo.InvariantCulture) + ".png")).ToList();
        var grid = Path.Combine(folder, SamplingJob.GridFile);
        SamplingJob.CheckFree([.. files, grid]);
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
            var x0 = stack(part.Select(i => Pixels(originals[i].Image))).to(plan.Device);
            var restored = plan.Generation.Restore(x0, [.. part.Select(i => (long)i)], Sheet.Condition(labels is null ? null : part.Select(i => labels[i]), plan.Device), stop);
            Tensor[] made = [restored.Degraded, restored.Direct, restored.Images];
            foreach (var (k, images) in made.Index())
            {
                psnr[k].AddRange(Fidelity.Psnr(images, x0));
                rmse[k].AddRange(Fidelity.Rmse(images, x0));
            }

            var rasters = made.Select(Sheet.Rasters).ToList();
            foreach (var (at, i) in part.Index())
            {
                Png.Save(files[i], rasters[2][at]);
                cells.AddRange([originals[i].Image, .. rasters.Select(images => images[at])]);
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

    /// <summary>The image, or the first of the folder in ordinal order.</summary>
    private static List<(string Name, Raster Image)> Originals(string path, int count, RunPlan plan)
    {
        List<string> files = Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(ImageFormats.HasExtension).Order(StringComparer.Ordinal).Take(count)]
            : [path];
        if (files.Count == 0 || !File.Exists(files[0]))
        {
            throw new ConfigException($"--restore: found '{path}', which {(files.Count == 0 ? "holds no image" : "does not exist")}; allowed: an image or a folder of images");
        }

        var framing = plan.Config.Data.Framing with { Height = plan.Images.Height, Width = plan.Images.Width, Channels = plan.Images.Channels };
        try
        {
            return [.. files.Select(file => (file, ImageCodecs.Default.Decode(File.ReadAllBytes(file), file, framing)))];
        }
        catch (UnreadableImageException bad)
        {
            throw new ConfigException($"--restore: {bad.Message}");
        }
    }

    /// <summary>The asked labels in turn, else "none" for all; null for an unconditional model.</summary>
    private static IReadOnlyList<int>? Labels(SampleRequest request, int count, RunPlan plan)
    {
        var classes = plan.Images.Classes;
        var asked = request.Classes?.Labels(classes.Count > 0 ? classes.Count : null, classes);
        return plan.None is not { } none ? null
            : asked is null ? [.. Enumerable.Repeat(none.Label, count)]
            : Sheet.Labels(count, classes, asked);
    }

    /// <summary>[C, H, W] in [-1, 1].</summary>
    private static Tensor Pixels(Raster image) =>
        tensor(image.Pixels, [image.Height, image.Width, image.Channels]).to(float32).div_(127.5).sub_(1).permute(2, 0, 1);
}
