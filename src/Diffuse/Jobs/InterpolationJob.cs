using System.Globalization;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Imaging;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// <c>diffuse sample --interpolate A,B</c>: the images along the arc between two noises (Song et al. 2020, section 5.3), each that of a seed or
/// the one that an image is encoded to. A model that is told image embeddings goes along the arc between those of two images (Ramesh et al. 2022, section 3.2).
/// </summary>
internal static class InterpolationJob
{
    private const string Option = "--interpolate";
    private const string StripFile = "strip.png";

    /// <summary>Of the noise that all images between two embeddings start from.</summary>
    private const long Seed = 0;

    public static InterpolateResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.OpenDenoiser(request.Model, request.Overrides, report.Log.Warning);
        var plan = model.Plan;
        var told = plan.Conditions.Find<ImageEmbedding>();
        if (told is null)
        {
            EncodingJob.Check(plan, Option);
        }

        var folder = request.Folder(model.Run);
        var files = Enumerable.Range(0, request.Frames)
            .Select(frame => Path.Combine(folder, "frame-" + frame.ToString("D3", CultureInfo.InvariantCulture) + ".png")).ToList();
        var strip = Path.Combine(folder, StripFile);
        SamplingJob.CheckFree(files.Append(strip));

        using var scope = NewDisposeScope();
        var (from, to) = request.Between!.Value;
        var wanted = Wanted.OnlyAsked(request.Frames, plan, request.Classes, request.Prompts);
        var (first, last) = told is null ? (Noise(from), Noise(to)) : (Embedding(from), Embedding(to));
        Directory.CreateDirectory(folder);
        report.Log.Information("{Model:l}: {Count} images between {From:l} and {To:l}", model.Path, files.Count, from, to);
        List<Raster> frames = [];
        foreach (var part in Enumerable.Range(0, files.Count).Chunk(request.Batch))
        {
            report.Count("images", frames.Count, files.Count);
            using var these = NewDisposeScope();
            var way = cat([.. part.Select(frame => Spherical.Between(first, last, Share(frame)))], 0);
            frames.AddRange(Pixels.ToRasters(told is null
                ? plan.Generation.Decode(way, Given(part.Length), stop)
                : plan.Generation.Draw([.. part.Select(_ => Seed)], Given(part.Length) with { Embedding = way.to(first.dtype) }, stop)));
        }

        report.Count("images", frames.Count, files.Count);
        foreach (var (file, frame) in files.Zip(frames))
        {
            Png.Save(file, frame);
        }

        Png.Save(strip, new SampleGrid { Columns = frames.Count }.Compose(frames));
        return new InterpolateResult(folder, strip, [.. files.Select((file, frame) => new InterpolatedImage(file, Share(frame)))]);

        double Share(int frame) => (double)frame / (request.Frames - 1);

        Data.Condition Given(int count) => wanted.Given(new int[count]);

        Tensor Noise(string end) => long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? plan.Generation.Start([seed])
            : plan.Generation.Encode(GivenImages.Tensor(One(end), plan.Device), Given(1), stop);

        Tensor Embedding(string end) => told.Of(GivenImages.Tensor(One(end), plan.Device));

        IReadOnlyList<GivenImage> One(string path) => GivenImages.Read(path, Option, plan) is [var only]
            ? [only]
            : throw new ConfigException($"{Option}: {path} holds several images; allowed: two seeds or image files, such as 3,7 or 3,cat.png");
    }
}
