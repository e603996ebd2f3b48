using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary><c>diffuse sample</c>: one PNG for each seed, and one sheet of all.</summary>
internal static class SamplingJob
{
    internal const string GridFile = "grid.png";

    public static SampleResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.Open(request.Model, request.Overrides, report.Log.Warning);
        var (plan, sampling) = (model.Plan, model.Plan.Config.Sampling);
        var classes = plan.Images.Classes;
        var seeds = request.Seeds ?? [.. Enumerable.Range(0, sampling.Count).Select(i => (long)i)];
        var labels = Sheet.Labels(seeds.Count, classes, request.Classes?.Labels(classes.Count > 0 ? classes.Count : null, classes));
        if (classes.Count == 0 && sampling.Guidance != 1)
        {
            report.Log.Warning("guidance has no effect: {Model:l} was trained without labels", model.Path);
        }

        var folder = request.Folder(model.Run);
        var files = seeds.Select(seed => Path.Combine(folder, seed.ToString("D6", CultureInfo.InvariantCulture) + ".png")).ToList();
        CheckFree([.. files, Path.Combine(folder, GridFile)]);
        Directory.CreateDirectory(folder);
        report.Log.Information(
            "{Model:l}: {Count} images, {Sampler:l}, {Steps} steps, guidance {Guidance}",
            model.Path, seeds.Count, Kinds.NameOf(sampling.Sampler.GetType()), sampling.Steps, sampling.Guidance);
        var images = new List<Raster>();
        foreach (var part in Enumerable.Range(0, seeds.Count).Chunk(request.Batch))
        {
            report.Count("images", images.Count, seeds.Count);
            using var scope = NewDisposeScope();
            var given = Sheet.Condition(labels is null ? null : part.Select(i => labels[i]), plan.Device);
            foreach (var (i, image) in part.Zip(Sheet.Rasters(plan.Generation.Draw([.. part.Select(i => seeds[i])], given, stop))))
            {
                Png.Save(files[i], image, Settings(model, seeds[i], labels is null ? null : classes[labels[i]]));
                images.Add(image);
            }
        }

        report.Count("images", images.Count, seeds.Count);
        var grid = Path.Combine(folder, GridFile);
        Png.Save(grid, Sheet.Compose(images, labels, classes, Title(sampling, labels is not null)), Settings(model, seeds[0], null));
        return new SampleResult(folder, grid, [.. files.Select((file, i) => new SampledImage(file, seeds[i], labels?[i], labels is null ? null : classes[labels[i]]))]);
    }

    /// <exception cref="ConfigException">One of the files exists.</exception>
    internal static void CheckFree(IEnumerable<string> files)
    {
        if (files.FirstOrDefault(File.Exists) is { } taken)
        {
            throw new ConfigException($"--out: {taken} exists and is not overwritten; allowed: another folder");
        }
    }

    private static string Title(SamplingOptions sampling, bool conditional) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kinds.NameOf(sampling.Sampler.GetType())}, {sampling.Steps} steps{(conditional ? $", guidance {sampling.Guidance}" : "")}");

    /// <summary>What the PNG says of itself.</summary>
    private static Dictionary<string, string> Settings(LoadedModel model, long seed, string? named)
    {
        var sampling = model.Plan.Config.Sampling;
        var settings = new Dictionary<string, string>
        {
            ["Software"] = $"diffuse {ModelCard.Version}",
            ["model"] = model.Path,
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
            ["sampling"] = ConfigWriter.Write(sampling),
        };
        if (named is not null)
        {
            settings["class"] = named;
        }

        return settings;
    }
}
