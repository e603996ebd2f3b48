using System.Text.Json;
using System.Text.Json.Nodes;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary><c>model_index.json</c>, which makes a checkpoint a pipeline folder of diffusers.</summary>
internal static class DiffusersPipeline
{
    private static readonly JsonSerializerOptions json = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>The pipeline's class.</summary>
    public static string NameOf(string index) => JsonNode.Parse(index)!["_class_name"]!.ToString();

    /// <summary>Null where no pipeline of diffusers is the model.</summary>
    public static string? Index(RunPlan plan)
    {
        if (plan.Network is not UNet { Patch: 1 } unet || plan.NeedsImage)
        {
            return null;
        }

        var parts = new Dictionary<string, object?> { ["scheduler"] = (string[])["diffusers", "DDIMScheduler"] };
        string pipeline;
        if (plan.Conditions.LearnedText is not null && plan.Latents is AutoencoderLatents { Network: KlAutoencoder } && unet.Config is { ClassEmbedType: null, NumClassEmbeds: null })
        {
            pipeline = "StableDiffusionPipeline";
            parts["unet"] = (string[])["diffusers", "UNet2DConditionModel"];
            parts["vae"] = (string[])["diffusers", "AutoencoderKL"];
            parts[ModelFolder.Text] = (string[])["transformers", "CLIPTextModel"];
            parts[ModelFolder.Tokenizer] = (string[])["transformers", "CLIPTokenizer"];
            parts["safety_checker"] = (string?[])[null, null];
            parts["feature_extractor"] = (string?[])[null, null];
            parts["requires_safety_checker"] = false;
        }
        else if (unet.IsDiffusers && plan.Latents.IsPixels)
        {
            pipeline = "DDIMPipeline";
            parts["unet"] = (string[])["diffusers", UNet2DConfig.DiffusersClass];
        }
        else if (unet.IsDiffusers && plan.Conditions.IsEmpty && plan.Latents is AutoencoderLatents latents)
        {
            pipeline = "LDMPipeline";
            parts["unet"] = (string[])["diffusers", UNet2DConfig.DiffusersClass];
            parts[ModelFolder.LdmAutoencoder] = (string[])["diffusers", latents.Network.Config.ClassName];
        }
        else
        {
            return null;
        }

        return JsonSerializer.Serialize(
            new Dictionary<string, object?>([new("_class_name", pipeline), new("_diffusers_version", "0.21.4"), .. parts.OrderBy(part => part.Key, StringComparer.Ordinal)]), json) + "\n";
    }
}
