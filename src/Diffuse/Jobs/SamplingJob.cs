using System.Globalization;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary><c>diffuse sample</c>: one PNG for each seed, and one sheet of all.</summary>
internal static class SamplingJob
{
    internal const string GridFile = "grid.png";

    public static SampleResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.OpenDenoiser(request.Model, request.Overrides, report.Log.Warning);
        using var lasting = NewDisposeScope();
        var (plan, sampling) = (model.Plan, model.Plan.Config.Sampling);
        var source = SourceImages.Of(request, plan);
        var seeds = request.Seeds ?? [.. Enumerable.Range(0, sampling.Count).Select(i => (long)i)];
        using var upsampler = Upsampler.Of(plan);
        var wanted = Wanted.Of(seeds.Count, plan, request.Classes, request.Prompts, source.Condition, Embeddings.Of(request, plan, seeds, stop));
        var guidances = request.Guidances ?? [sampling.Guidance];
        if (CannotGuide(plan) is { } why && (request.Negative is not null || guidances.Any(scale => scale != 1)))
        {
            if (request.Negative is not null || request.Guidances is not null || request.Overrides.Any(one => one.Key == "sampling.guidance"))
            {
                throw new ConfigException($"--guidance: found {string.Join(",", guidances.Select(Text))}; the model {why}; allowed: 1");
            }

            report.Log.Warning("guidance has no effect: {Model:l} {Why:l}", model.Path, why);
            guidances = [1];
        }

        var negative = request.Negative is { } unwanted ? Negative(plan, unwanted) : null;

        var folder = request.Folder(model.Run);
        var files = guidances.SelectMany(scale => seeds.Select(seed => Path.Combine(folder, Name(seed, guidances.Count > 1 ? scale : null)))).ToList();
        var grid = Path.Combine(folder, GridFile);
        CheckFree([.. files, grid]);
        report.Log.Information(
            "{Model:l}: {Count} images, {Sampler:l}, {Steps} steps, guidance {Guidance:l}",
            model.Path, files.Count, Kinds.NameOf(sampling.Sampler.GetType()), sampling.Steps, string.Join(", ", guidances.Select(Text)));
        var images = new List<Raster>();
        foreach (var directory in files.Select(Path.GetDirectoryName).OfType<string>().Distinct())
        {
            Directory.CreateDirectory(directory);
        }

        foreach (var scale in guidances)
        {
            var used = sampling with { Guidance = scale };
            var generation = plan.Generate(used, negative);
            foreach (var part in Enumerable.Range(0, seeds.Count).Chunk(request.Batch))
            {
                report.Count("images", images.Count, files.Count);
                using var scope = NewDisposeScope();
                var ofPart = part.Select(i => seeds[i]).ToList();
                var drawn = source.Draw(generation, part, ofPart, wanted.Given(part), stop);
                drawn = upsampler?.Enlarged(drawn, ofPart, stop) ?? drawn;
                foreach (var (i, image) in part.Zip(Pixels.ToRasters(drawn)))
                {
                    Png.Save(files[images.Count], image, Settings(model, used, seeds[i], wanted.ClassOf(i).Name, wanted.PromptOf(i)));
                    images.Add(image);
                }
            }
        }

        report.Count("images", images.Count, files.Count);
        var sheet = guidances.Count > 1
            ? Strips(images, guidances, wanted)
            : Sheet.Compose(images, wanted.Names, Title(plan, sampling, request.Negative));
        Png.Save(grid, sheet, Settings(model, sampling, seeds[0]));
        return new SampleResult(folder, grid, [.. files.Select((file, k) => Image(file, k % seeds.Count))]);

        SampledImage Image(string file, int i) => new(file, seeds[i], wanted.ClassOf(i).Label, wanted.ClassOf(i).Name, wanted.PromptOf(i));
    }

    /// <exception cref="ConfigException">One of the files exists.</exception>
    internal static void CheckFree(IEnumerable<string> files)
    {
        if (files.FirstOrDefault(File.Exists) is { } taken)
        {
            throw new ConfigException($"--out: {taken} exists and is not overwritten; allowed: another folder");
        }
    }

    /// <summary>Why a model has no classifier-free guidance; null where it has.</summary>
    private static string? CannotGuide(RunPlan plan) => plan.Conditions.Null is not null || plan.Config.Sampling.Autoguidance.Length > 0 ? null
        : plan.Conditions.IsEmpty ? "was trained without classes, captions or images to be told"
        : "was trained with its condition always there (condition_dropout 0)";

    /// <summary>A class or a text in the place of no condition.</summary>
    private static NullCondition Negative(RunPlan plan, string unwanted)
    {
        var none = plan.Conditions.Null!;
        if (none.Caption is not null)
        {
            return none with { Caption = CaptionCondition.Ids(plan.Tokenizer!, [unwanted], plan.Device) };
        }

        return none.Label is not null
            ? none with { Label = new ClassList(unwanted, "--negative").Labels(plan.Images.Classes.Count, plan.Images.Classes)[0] }
            : throw new ConfigException("--negative: the model was trained without classes and captions; leave --negative out");
    }

    private static string Name(long seed, double? scale) =>
        Path.Combine(scale is { } s ? $"guidance-{Text(s)}" : "", seed.ToString("D6", CultureInfo.InvariantCulture) + ".png");

    private static Raster Strips(IReadOnlyList<Raster> images, IReadOnlyList<double> guidances, Wanted wanted) => new SampleGrid
    {
        Columns = images.Count / guidances.Count,
        RowLabels = [.. guidances.Select(Text)],
        ColumnLabels = wanted.Names ?? [],
    }.Compose(images);

    private static string Text(double scale) => scale.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Title(RunPlan plan, SamplingOptions sampling, string? negative) => string.Join(", ",
    [
        Kinds.NameOf(sampling.Sampler.GetType()), $"{sampling.Steps} steps",
        .. plan.Conditions.Null is null ? Array.Empty<string>() : [$"guidance {Text(sampling.Guidance)}"],
        .. negative is null ? Array.Empty<string>() : [$"away from '{negative}'"],
        .. sampling.Guides.Select(guide => guide.Caption),
    ]);

    /// <summary>What the PNG says of itself.</summary>
    private static Dictionary<string, string> Settings(LoadedModel model, SamplingOptions sampling, long seed, string? named = null, string? prompt = null)
    {
        var settings = new Dictionary<string, string>
        {
            ["Software"] = $"diffuse {ModelCard.Version}",
            ["model"] = model.Average.Length == 0 ? model.Path : $"{model.Path}, {model.Average}",
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
            ["sampling"] = ConfigWriter.Write(sampling),
        };
        if (named is not null)
        {
            settings["class"] = named;
        }

        if (prompt is not null)
        {
            settings["prompt"] = prompt;
        }

        return settings;
    }
}
