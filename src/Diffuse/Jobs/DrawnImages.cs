using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// A model's images for evaluation, number k from seed k, as PNG files: what an interrupted evaluation has drawn is there for the next, and for every
/// other metric. Classes are asked for in turn; of captions, those of the real images that they are compared with.
/// </summary>
internal sealed class DrawnImages
{
    private readonly LoadedModel model;
    private readonly int batch;
    private readonly IJobReport report;

    /// <summary>Of the real images, in their order; null for a model that reads none.</summary>
    private readonly IReadOnlyList<string>? captions;

    /// <param name="batch">Images at a time.</param>
    /// <exception cref="ConfigException">The model draws nothing without an image.</exception>
    public DrawnImages(LoadedModel model, DataSet data, int batch, IJobReport report)
    {
        (this.model, this.batch, this.report) = (model, batch, report);
        var plan = model.Plan;
        if (!plan.DrawsImages)
        {
            throw new ConfigException($"--samples: {model.Path} draws image embeddings, not images; allowed: a model with condition image-embedding, with this one as sampling.prior");
        }

        if (plan.NeedsImage)
        {
            throw new ConfigException($"--samples: {model.Path} enlarges, fills or varies images that it is given; allowed: a model that draws from nothing, or --images");
        }

        captions = plan.Knows<CaptionCondition>() ? [.. ImageSets.InOrder(data, Seed).Select(data.Text).OfType<string>()] : null;
        var settings = $"{ModelCard.Version}\n{FeatureSources.WeightsHash(plan, model.Path)} {model.Average}\n{ConfigWriter.Write(plan.Config.Sampling)}\n{string.Join('\n', captions ?? [])}";
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)))[..12];
        Folder = Path.Combine(model.Run is null ? CacheFolder.Default : model.Run, "eval", key);
    }

    public string Folder { get; }

    /// <summary>Of the choice of the real images that they are compared with.</summary>
    public long Seed => model.Plan.Config.Seed;

    /// <summary>Batches of the first images; those that are not there are drawn.</summary>
    public IEnumerable<Tensor> Take(int count, CancellationToken stop)
    {
        var plan = model.Plan;
        Directory.CreateDirectory(Folder);
        var wanted = Of(count);
        foreach (var part in Enumerable.Range(0, count).Chunk(batch))
        {
            stop.ThrowIfCancellationRequested();
            report.Count("drawn images", part[0], count);
            var images = part.Select(Read).ToList();
            int[] missing = [.. part.Where((_, i) => images[i] is null)];
            if (missing.Length > 0)
            {
                using var scope = NewDisposeScope();
                var drawn = plan.Generation.Draw([.. missing.Select(i => (long)i)], wanted.Given(missing), stop);
                foreach (var (i, image) in missing.Zip(Pixels.ToRasters(drawn)))
                {
                    Png.Save(FileOf(i), image);
                    images[i - part[0]] = image;
                }
            }

            using var tensor = Pixels.OfRasters([.. images.OfType<Raster>()], plan.Device);
            yield return tensor;
        }

        report.Count("drawn images", count, count);
    }

    /// <summary>The class that each of the first images is to show, and the number of classes; null where the model is asked for none.</summary>
    public (IReadOnlyList<int> Labels, int Classes)? Asked(int count)
    {
        var wanted = Of(count);
        return model.Plan.Choices.Count is > 0 and var classes ? ([.. Enumerable.Range(0, count).Select(i => wanted.ClassOf(i).Label!.Value)], classes) : null;
    }

    private Wanted Of(int count) => Wanted.Of(count, model.Plan, prompts: captions);

    private string FileOf(int i) => Path.Combine(Folder, i.ToString("D6", CultureInfo.InvariantCulture) + ".png");

    /// <summary>Null where it is not there, or was cut off.</summary>
    private Raster? Read(int i)
    {
        var images = model.Plan.Images;
        try
        {
            return File.Exists(FileOf(i))
                ? ImageCodecs.Default.Decode(File.ReadAllBytes(FileOf(i)), FileOf(i), new Framing(images.Height, images.Width, images.Channels, Fit.Crop, default, Filter.Box))
                : null;
        }
        catch (UnreadableImageException)
        {
            return null;
        }
    }
}
