using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Imaging;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// <c>diffuse sample --interpolate A,B</c>: the images along the arc between two noises (Song et al. 2020, section 5.3), each that of a seed or
/// the one that an image is encoded to.
/// </summary>
internal static class InterpolationJob
{
    private const string Option = "--interpolate";
    private const string StripFile = "strip.png";

    public static InterpolateResult Run(SampleRequest request, IJobReport report, CancellationToken stop)
    {
        using var model = LoadedModel.OpenDenoiser(request.Model, request.Overrides, report.Log.Warning);
        var plan = model.Plan;
        EncodingJob.Check(plan, Option);
        var wanted = Wanted.OnlyAsked(request.Frames, plan, request.Classes, request.Prompts);
        var folder = request.Folder(model.Run);
        var files = Enumerable.Range(0, request.Frames)
            .Select(frame => Path.Combine(folder, "frame-" + frame.ToString("D3", CultureInfo.InvariantCulture) + ".png")).ToList();
        var strip = Path.Combine(folder, StripFile);
        SamplingJob.CheckFree(files.Append(strip));

        using var scope = NewDisposeScope();
        var (from, to) = request.Between!.Value;
        var (first, last) = (Noise(from), Noise(to));
        Directory.CreateDirectory(folder);
        report.Log.Information("{Model:l}: {Count} images between {From:l} and {To:l}", model.Path, files.Count, from, to);
        List<Raster> frames = [];
        foreach (var part in Enumerable.Range(0, files.Count).Chunk(request.Batch))
        {
            report.Count("images", frames.Count, files.Count);
            using var these = NewDisposeScope();
            var xT = cat([.. part.Select(frame => Spherical.Between(first, last, Share(frame)))], 0);
            frames.AddRange(Pixels.ToRasters(plan.Generation.Decode(xT, Given(part.Length), stop)));
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

        IReadOnlyList<GivenImage> One(string path) => GivenImages.Read(path, Option, plan) is [var only]
            ? [only]
            : throw new ConfigException($"{Option}: {path} holds several images; allowed: two seeds or image files, such as 3,7 or 3,cat.png");
    }
}
