using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Jobs;
using Diffuse.Numerics;
using Diffuse.Tests.Networks;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Jobs;

/// <summary>Pipeline folders of tiny Stable Diffusions, against scripts/stable-diffusion-numbers.py.</summary>
public sealed class StableDiffusionTests
{
    public static TheoryData<string> Cases => [.. Reference.OwnCases("stable_diffusion").Keys];

    [Theory, MemberData(nameof(Cases))]
    public void A_folder_draws_what_its_numbers_say(string name)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var folder = new TemporaryFolder();
        var reference = Reference.OwnCases("stable_diffusion")[name];
        Write(folder, reference);
        List<string> said = [];
        using var model = LoadedModel.OpenDenoiser(ModelChoice.At(folder.Path), Overrides("precision=fp32"), said.Add);
        Assert.Contains("safety_checker is not used here", Assert.Single(said));
        var plan = model.Plan;
        var (sampling, expected) = (plan.Config.Sampling, reference.Expected);
        Assert.Equal((7.5, 4, 8, 8, 3), (sampling.Guidance, sampling.Count, plan.Images.Height, plan.Images.Width, plan.Images.Channels));

        var ids = plan.Tokenizer!.Encode(reference.Inputs["prompt"].Text);
        Assert.Equal(expected["ids"].Integers, ids);
        var given = plan.Model.Read(new Condition(Caption: CaptionCondition.Ids(plan.Tokenizer!, ["a b"], CPU)));
        Close.Equal(expected["states"].Tensor(float32), given.Tokens!, 1e-4, 1e-5);

        var generation = plan.Generate(sampling with { Steps = reference.Inputs["steps"].Integer, Guidance = reference.Inputs["guidance"].Number });
        var xT = reference.Inputs["x_T"].Tensor(float32);
        var image = generation.Decode(xT, given with { Tokens = given.Tokens!.expand(2, -1, -1) }, default);
        Close.Equal(expected["image"].Tensor(float32), image, 2e-3, 2e-3);
        Close.Equal(expected["image"].Tensor(float32), plan.Latents.Decode(expected["latents"].Tensor(float32)), 1e-4, 1e-4);
        Close.Equal(expected["encoded"].Tensor(float32), plan.Latents.Encode(expected["image"].Tensor(float32)), 1e-4, 1e-4);
    }

    [Theory]
    [InlineData("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9", "in_channels: found 9; allowed: 4, those of the latents")]
    [InlineData("unet/config.json", "\"cross_attention_dim\": 8", "\"cross_attention_dim\": 4", "cross_attention_dim: found 4; allowed: 8, the width of the text encoder")]
    [InlineData("model_index.json", "\"safety_checker\"", "\"text_encoder_2\"", "found the part text_encoder_2; allowed: unet, scheduler")]
    [InlineData("text_encoder/config.json", "quick_gelu", "relu", "hidden_act: found relu; allowed: quick_gelu, gelu")]
    [InlineData("text_encoder/config.json", "\"vocab_size\": 514", "\"vocab_size\": 515", "found a tokenizer of 514 tokens; allowed: 515")]
    [InlineData("vae/config.json", "\"scaling_factor\"", "\"shift_factor\"", "shift_factor: found 0.18215; allowed: nothing")]
    [InlineData("scheduler/scheduler_config.json", "scaled_linear", "sigmoid", "beta_schedule: found sigmoid; allowed: linear, scaled_linear or squaredcos_cap_v2")]
    [InlineData("tokenizer/tokenizer_config.json", "<|endoftext|>", "<pad>", "pad_token: '<pad>' is not in vocab.json")]
    public void What_cannot_be_read_is_named(string file, string found, string instead, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder, Reference.OwnCases("stable_diffusion")["first"]);
        var text = File.ReadAllText(folder[file]);
        Assert.Contains(found, text);
        File.WriteAllText(folder[file], text.Replace(found, instead));
        Assert.Contains(message, Assert.Throws<ConfigException>(() => LoadedModel.OpenDenoiser(ModelChoice.At(folder.Path), [], _ => { })).Message);
    }

    private static IReadOnlyList<ConfigOverride> Overrides(string set) => [new("--set", set.Split('=')[0], set.Split('=')[1])];

    private static void Write(TemporaryFolder folder, ReferenceCase reference)
    {
        var half = reference.Inputs["half"].Flag;
        foreach (var file in reference.Inputs["files"].Names)
        {
            Put(file, reference.Inputs["files"][file].Json.GetRawText());
        }

        foreach (var part in reference.Inputs["shapes"].Names)
        {
            var shapes = reference.Inputs["shapes"][part];
            var tensors = shapes.Names.Order(StringComparer.Ordinal)
                .Select((name, k) => KeyValuePair.Create(name, FormulaWeights.Parameter(name, shapes[name].Longs, k).to(half ? float16 : float32)));
            using var stream = File.Create(folder[$"{part}/{(part == "text_encoder" ? "model" : "diffusion_pytorch_model")}{(half ? ".fp16" : "")}.safetensors"]);
            SafetensorsWriter.Write(stream, tensors.ToList());
        }

        foreach (var (name, text) in new BytePairTokenizer([], 6).Files)
        {
            Put($"tokenizer/{name}", text);
        }

        Put("tokenizer/tokenizer_config.json", $$"""{ "pad_token": "{{reference.Inputs["pad_token"].Text}}" }""");
        Put("model_index.json", """
            { "_class_name": "StableDiffusionPipeline", "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "unet": ["diffusers", "UNet2DConditionModel"],
              "feature_extractor": [null, null], "vae": ["diffusers", "AutoencoderKL"] }
            """);

        void Put(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], text);
        }
    }
}
