using Diffuse.Conditions;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>What a decoder of image embeddings is told (Ramesh et al. 2022): those of given images, or what a prior draws of prompts.</summary>
/// <param name="Rows">[M, E], for the images in turn.</param>
/// <param name="Shown">The words that each stands for; null: images.</param>
internal sealed record Embeddings(Tensor Rows, IReadOnlyList<string>? Shown)
{
    /// <summary>Null for a model that is told none.</summary>
    /// <param name="seeds">Of the images that are drawn.</param>
    /// <exception cref="ConfigException">There is neither an image nor a prompt, or no prior for the prompt.</exception>
    public static Embeddings? Of(SampleRequest request, RunPlan plan, IReadOnlyList<long> seeds, CancellationToken stop)
    {
        if (plan.Conditions.Find<ImageEmbedding>() is not { } told)
        {
            return plan.Config.Sampling.Prior.Length == 0
                ? null
                : throw new ConfigException("sampling.prior: the model is told no image embedding; allowed: a model with condition image-embedding");
        }

        if (request.Image is { } image)
        {
            return request.Prompts is null
                ? new(OfImages(image, "--image", plan, told), null)
                : throw new ConfigException("--image, --prompt: found both; allowed: one of them says what is drawn");
        }

        var prompts = request.Prompts ?? plan.Config.Sampling.Prompts;
        return prompts.Count == 0 || plan.Config.Sampling.Prior.Length == 0
            ? throw new ConfigException(
                "--image: missing; the model draws what the embedding of an image says: name an image to vary, or give --prompt and a run that draws embeddings of texts with --set sampling.prior=RUN")
            : Drawn(plan, seeds, [.. seeds.Select((_, i) => prompts[i % prompts.Count])], stop);
    }

    /// <summary>[M, E] of an image file, or all of a folder.</summary>
    public static Tensor OfImages(string path, string option, RunPlan plan, ImageEmbedding told) =>
        told.Of(GivenImages.Tensor(GivenImages.Read(path, option, plan), plan.Device));

    private static Embeddings Drawn(RunPlan plan, IReadOnlyList<long> seeds, IReadOnlyList<string> prompts, CancellationToken stop)
    {
        const int AtOnce = 256;
        var path = plan.Config.Sampling.Prior;
        using var prior = LoadedModel.OpenToServe(path, plan.Config.Device);
        if (prior.Plan.Latents is not Latents.ClipLatents space || plan.Conditions.Find<ImageEmbedding>()!.Key != space.Key)
        {
            throw new ConfigException($"sampling.prior: {path} draws no embeddings of the CLIP that the model is told; allowed: a run with latents: clip of the same CLIP");
        }

        using var scope = NewDisposeScope();
        var wanted = Wanted.Of(seeds.Count, prior.Plan, prompts: prompts);
        var rows = Enumerable.Range(0, seeds.Count).Chunk(AtOnce)
            .Select(part => prior.Plan.Generation.Draw([.. part.Select(i => seeds[i])], wanted.Given(part), stop).flatten(1)).ToList();
        return new(cat([.. rows], 0).MoveToOuterDisposeScope(), prompts);
    }
}
