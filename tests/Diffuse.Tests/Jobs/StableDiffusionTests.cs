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
    public static TheoryData<string> Folders => [.. Reference.OwnCases("stable_diffusion").Keys.Where(name => !name.StartsWith("file", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Folders))]
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
    [InlineData("file_first", "model.ckpt")]
    [InlineData("file_second", "model.safetensors")]
    public void A_single_file_draws_what_its_numbers_say(string name, string file)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var folder = new TemporaryFolder();
        var reference = Reference.OwnCases("stable_diffusion")[name];
        WriteFile(folder, reference, file, withTokenizer: false);
        Assert.Contains("holds no tokenizer", Assert.Throws<ConfigException>(() => LoadedModel.OpenDenoiser(ModelChoice.At(folder[file]), [], _ => { })).Message);
        WriteTokenizer(folder.Path);
        File.WriteAllText(folder["model.yaml"], $$"""
            precision: fp32
            data: { resolution: 8 }
            parameterization: {{(name == "file_second" ? "v" : "eps")}}
            sampling: { sampler: { kind: {{(name == "file_second" ? "ddim" : "pndm")}} }, grid: { kind: leading, offset: 1, end: 1 } }
            """);
        using var model = LoadedModel.OpenDenoiser(ModelChoice.At(folder[file]), [], _ => { });
        var (plan, expected) = (model.Plan, reference.Expected);
        Assert.Equal((8, 8), (plan.Images.Height, plan.Images.Width));
        Assert.Equal(expected["ids"].Integers, plan.Tokenizer!.Encode("a b"));
        var given = plan.Model.Read(new Condition(Caption: CaptionCondition.Ids(plan.Tokenizer!, ["a b"], CPU)));
        Close.Equal(expected["states"].Tensor(float32), given.Tokens!, 1e-4, 1e-5);
        var generation = plan.Generate(plan.Config.Sampling with { Steps = reference.Inputs["steps"].Integer, Guidance = reference.Inputs["guidance"].Number });
        Close.Equal(expected["image"].Tensor(float32), generation.Decode(reference.Inputs["x_T"].Tensor(float32), given with { Tokens = given.Tokens!.expand(2, -1, -1) }, default), 2e-3, 2e-3);
        Close.Equal(expected["encoded"].Tensor(float32), plan.Latents.Encode(expected["image"].Tensor(float32)), 1e-4, 1e-4);
    }

    [Fact]
    public void Training_starts_from_a_folder()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Write(folder, Reference.OwnCases("stable_diffusion")["first"]);
        var config = StartingModel.Resolved(new RunConfig { Precision = PrecisionChoice.Fp32, Model = new StartOptions { From = folder.Path } }, _ => { });
        Assert.IsType<Diffuse.Processes.ScaledLinearOptions>(config.Process);
        using var plan = new RunPlan(config, new ImageKind(8, 8, 3, []), Captions.Options(config)!.Build([]));
        StartingModel.Load(plan);
        using var model = LoadedModel.Open(ModelChoice.At(folder.Path), Overrides("precision=fp32"), _ => { });
        Assert.All(plan.Network.named_parameters().Zip(model.Plan.Network.named_parameters()), both => Assert.True(both.First.parameter.equal(both.Second.parameter).all().item<bool>()));
        Assert.All(plan.Conditions.LearnedText!.parameters().Zip(model.Plan.Conditions.LearnedText!.parameters()), both => Assert.True(both.First.equal(both.Second).all().item<bool>()));
        using var raw = ones(2, 4, 4, 4);
        Assert.Equal(0.18215, (double)((Diffuse.Latents.MeasuredLatents)plan.Latents).Normalized(raw).mean().item<float>(), 6); // kept, not measured anew

        // How words are withheld is training's business.
        var caption = Assert.IsType<CaptionOptions>(Assert.Single(config.Conditions!));
        var again = StartingModel.Resolved(config with { Conditions = [caption with { WordDropout = 0.2, Dropout = 0.3, Tokenizer = new() { Length = 6 } }] }, _ => { });
        var kept = Assert.IsType<CaptionOptions>(Assert.Single(again.Conditions!));
        Assert.Equal((0.2, 0.3, folder["tokenizer"]), (kept.WordDropout, kept.Dropout, kept.Tokenizer.Path));
        Assert.StartsWith("conditions: found with", Assert.Throws<ConfigException>(() => StartingModel.Resolved(config with { Conditions = [caption with { Pooled = true }] }, _ => { })).Message);

        var other = Assert.Throws<ConfigException>(() => StartingModel.Resolved(config with { Process = new Diffuse.Processes.LinearOptions() }, _ => { }));
        Assert.StartsWith("process: found with model.from, which decides it", other.Message);
    }

    [Theory]
    [InlineData("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9", "tensor 'conv_in.weight' has shape [8, 4, 3, 3], expected [8, 9, 3, 3]")]
    [InlineData("unet/config.json", "\"cross_attention_dim\": 8", "\"cross_attention_dim\": 4", "attn2.to_k.weight' has shape [8, 8], expected [8, 4]")]
    [InlineData("model_index.json", "\"safety_checker\"", "\"text_encoder_2\"", "found the part text_encoder_2; allowed: unet, scheduler")]
    [InlineData("text_encoder/config.json", "quick_gelu", "relu", "hidden_act: found relu; allowed: quick_gelu, gelu")]
    [InlineData("text_encoder/config.json", "\"vocab_size\": 514", "\"vocab_size\": 515", "token_embedding.weight' has shape [514, 8], expected [515, 8]")]
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

    internal static void WriteFile(TemporaryFolder folder, ReferenceCase reference, string file, bool withTokenizer = true)
    {
        var tensors = CompVisNames.Of(reference.Inputs["shapes"].Names.SelectMany(part => Tensors(reference, part).Select(one => (part, one.Key, one.Value))), second: reference.Name == "file_second").ToList();
        if (file.EndsWith("ckpt", StringComparison.Ordinal))
        {
            TorchSave.Write(folder[file], tensors);
        }
        else
        {
            using var stream = File.Create(folder[file]);
            SafetensorsWriter.Write(stream, tensors);
        }

        if (withTokenizer)
        {
            WriteTokenizer(folder.Path);
        }
    }

    internal static void Write(TemporaryFolder folder, ReferenceCase reference)
    {
        var half = reference.Inputs["half"].Flag;
        foreach (var file in reference.Inputs["files"].Names)
        {
            Put(file, reference.Inputs["files"][file].Json.GetRawText());
        }

        foreach (var part in reference.Inputs["shapes"].Names)
        {
            using var stream = File.Create(folder[$"{part}/{(part == "text_encoder" ? "model" : "diffusion_pytorch_model")}{(half ? ".fp16" : "")}.safetensors"]);
            SafetensorsWriter.Write(stream, Tensors(reference, part).Select(one => KeyValuePair.Create(one.Key, one.Value.to(half ? float16 : float32))).ToList());
        }

        WriteTokenizer(folder["tokenizer"]);
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

    /// <summary>The weights of a part under diffusers' names.</summary>
    private static IEnumerable<KeyValuePair<string, Tensor>> Tensors(ReferenceCase reference, string part)
    {
        var shapes = reference.Inputs["shapes"][part];
        return shapes.Names.Order(StringComparer.Ordinal).Select((name, k) => KeyValuePair.Create(name, FormulaWeights.Parameter(name, shapes[name].Longs, k).to(float32)));
    }

    private static void WriteTokenizer(string folder)
    {
        Directory.CreateDirectory(folder);
        var files = new BytePairTokenizer([], 6).Files;
        foreach (var name in new[] { BytePairTokenizer.VocabularyFile, BytePairTokenizer.MergesFile })
        {
            File.WriteAllText(Path.Combine(folder, name), files[name]);
        }
    }
}
