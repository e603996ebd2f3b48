using Diffuse.Configuration;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary><c>diffuse export</c>: a model as a folder of its own, without what only training needs.</summary>
internal static class ExportJob
{
    /// <exception cref="ConfigException">There is no such model, or the folder exists.</exception>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public static ExportResult Run(ExportRequest request, IJobReport report)
    {
        if (Path.Exists(request.Out))
        {
            throw new ConfigException($"--out: {request.Out} exists and is not overwritten; allowed: another folder");
        }

        using var model = LoadedModel.OpenToExport(request.Model, [], report.Log.Warning);
        var card = Path.Combine(model.Path, ModelCard.FileName);
        var content = ModelContent.Of(model.Plan, model.Plan.Config, File.Exists(card) ? ModelCard.Read(card).Data : "");
        var beside = Path.TrimEndingDirectorySeparator(request.Out) + ".unfinished";
        try
        {
            Directory.CreateDirectory(beside);
            content.WriteTo(new CheckpointWriter(beside), Type(request.Weights), request.Shard);
            Manifest.Write(beside);
            Directory.Move(beside, request.Out);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(beside))
            {
                Directory.Delete(beside, recursive: true);
            }

            throw new IOException($"{request.Out} could not be written: {exception.Message}", exception);
        }

        var pipeline = content.Texts.ContainsKey(PublishedModel.IndexFile) ? DiffusersPipeline.NameOf(content.Texts[PublishedModel.IndexFile]) : null;
        report.Log.Information(
            "{Model:l}: {What:l}", model.Path,
            pipeline is null ? "no pipeline of diffusers is this model; its parts are in diffusers' layout" : $"diffusers loads it as {pipeline}");
        return new ExportResult(request.Out, pipeline);
    }

    private static ScalarType Type(WeightType type) => type switch
    {
        WeightType.Fp16 => float16,
        WeightType.Bf16 => bfloat16,
        _ => float32,
    };
}
