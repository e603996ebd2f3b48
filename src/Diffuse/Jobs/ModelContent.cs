using Diffuse.Configuration;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>A model as the folder of a checkpoint: a pipeline of diffusers where one can be it, and all that we need to open it again.</summary>
internal static class ModelContent
{
    /// <param name="data">The fingerprint of the data that it was trained on.</param>
    public static CheckpointContent Of(RunPlan plan, RunConfig config, string data)
    {
        var network = plan.Network;
        var texts = new Dictionary<string, string> { [ModelCard.FileName] = ModelCard.Of(config, plan.Images, data).ToJson() };
        if (DiffusersPipeline.Index(plan) is { } index && DiffusersScheduler.Write(config, plan.Process, plan.Threshold(config.Sampling)) is { } scheduler)
        {
            texts[DiffusersScheduler.FileName] = scheduler;
            texts[PublishedModel.IndexFile] = index;
        }

        var models = new List<ModelFolder> { new(config.Objective.Folder, network.ConfigJson, Tensors(network)) };
        if (plan.Process.Learned is { } learned)
        {
            models.Add(new(ModelFolder.Process, $$"""{ "kind": "{{Kinds.NameOf(config.Process.GetType())}}" }""", Tensors(learned)));
        }

        if (plan.Conditions.LearnedText is { } text)
        {
            models.Add(new(ModelFolder.Text, text.ConfigJson, [.. text.Tensors]) { File = ModelFolder.TransformersFile });
        }

        if (plan.Latents is AutoencoderLatents space)
        {
            var folder = plan.Conditions.IsEmpty ? ModelFolder.LdmAutoencoder : ModelFolder.Autoencoder;
            models.Add(new(folder, (space.Network.Config with { ScalingFactor = space.Scale }).ToJson(), Tensors(space.Network)));
        }

        if (plan.Frozen.OpenedClip is { } clip)
        {
            models.Add(new(ModelFolder.Clip, clip.Clip.ConfigJson, Tensors(clip.Clip)));
            texts[$"{ModelFolder.Clip}/{PublishedClip.SeenFile}"] = clip.Seen.ToJson();
        }

        foreach (var (name, content) in (plan.Tokenizer ?? plan.Frozen.OpenedClip?.Tokenizer)?.Files ?? new Dictionary<string, string>())
        {
            texts[$"{ModelFolder.Tokenizer}/{name}"] = content;
        }

        return new CheckpointContent(models, texts);
    }

    private static List<KeyValuePair<string, Tensor>> Tensors(nn.Module module)
    {
        var parameters = module.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter));
        return [.. parameters, .. module.named_buffers().Select(named => KeyValuePair.Create(named.name, named.buffer))];
    }
}
