using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

public sealed class PublishedClipTests
{
    private static readonly BytePairTokenizer tokenizer = new(BytePairTraining.Merges(["red heart", "blue heart"], 518), length: 7);

    [Fact]
    public void The_names_of_transformers_are_those_of_its_conversion_script()
    {
        var mapping = Reference.OwnCases("parameter_lists_diffusers")["clip_vit_l14_text_encoder_names"].Expected["mapping"].Items;
        foreach (var one in mapping.GroupBy(one => one["openai"].Text))
        {
            Assert.Equal(one.Select(part => part["transformers"].Text).Order(), TransformersNames.Of(one.Key).Order());
            Assert.All(one.Where(part => part["operation"].Text.StartsWith("rows 0..", StringComparison.Ordinal)), part =>
                Assert.Equal(TransformersNames.Of(one.Key)[0], part["transformers"].Text));
        }

        Assert.Equal("vision_model.embeddings.patch_embedding.weight", Assert.Single(TransformersNames.Of("visual.conv1.weight")));
        Assert.Equal("vision_model.encoder.layers.3.mlp.fc1.bias", Assert.Single(TransformersNames.Of("visual.transformer.resblocks.3.mlp.c_fc.bias")));
        Assert.Equal("vision_model.pre_layrnorm.weight", Assert.Single(TransformersNames.Of("visual.ln_pre.weight")));
        Assert.Equal("text_projection.weight", Assert.Single(TransformersNames.Of("text_projection")));
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    public void A_published_CLIP_is_read_under_both_sets_of_names_and_from_both_kinds_of_files(bool resnet, bool transformers, bool older)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var clip = Sample(resnet);
        Write(clip, folder.Path, transformers);
        if (older)
        {
            using var newer = SafetensorsFile.Open(folder["model.safetensors"]);
            TorchSave.Write(folder["pytorch_model.bin"], newer.Names.Select(name => KeyValuePair.Create(name, newer.Read(name))));
            File.Delete(folder["model.safetensors"]);
        }

        var (read, words, seen) = PublishedClip.Read(folder.Path);
        using (read)
        {
            Assert.Equal((clip.Config.EmbedDim, clip.Config.ImageResolution, clip.Config.ContextLength), (read.Config.EmbedDim, read.Config.ImageResolution, read.Config.ContextLength));
            Assert.Equal(clip.Config.VisionLayers, read.Config.VisionLayers);
            Assert.Equal(tokenizer.Encode("red heart"), words.Encode("red heart"));
            var (images, ids) = (FormulaWeights.Image(2, 3, clip.Config.ImageResolution), tensor(new long[] { 1, 5, 517, 0, 0, 0, 0 }, [1, 7]));
            Close.Equal(clip.Logits(clip.ImageFeatures(images), clip.TextFeatures(ids)), read.Logits(read.ImageFeatures(images), read.TextFeatures(ids)), 1e-6, 1e-6);
            Close.Equal((1 - 0.48145466) / 0.26862954, seen.Apply(ones([1, 1, 2, 2]))[0, 0, 0, 0].item<float>(), 1e-5);
        }
    }

    [Fact]
    public void What_is_no_CLIP_of_OpenAIs_is_told()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var clip = Sample(resnet: false);
        Write(clip, folder.Path, transformers: true);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), """{"vision_config": {"hidden_act": "gelu"}}""");
        Assert.EndsWith("vision_config.hidden_act: found gelu; allowed: quick_gelu, which OpenAI's models have", Assert.Throws<ConfigException>(() => PublishedClip.Read(folder.Path)).Message);
        File.Delete(Path.Combine(folder.Path, "config.json"));
        using (var stream = File.Create(Path.Combine(folder.Path, PublishedClip.WeightsFile)))
        {
            SafetensorsWriter.Write(stream, [KeyValuePair.Create("weight", ones(2))]);
        }

        Assert.Contains("there is no tensor 'token_embedding.weight'", Assert.Throws<ConfigException>(() => PublishedClip.Read(folder.Path)).Message);
    }

    [Fact]
    public void A_file_alone_is_read_with_its_tokenizer_beside_it()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var clip = Sample(resnet: false);
        TorchSave.Write(folder["ViT.pt"], clip.named_parameters().Select(one => KeyValuePair.Create(one.name, (Tensor)one.parameter)));
        foreach (var (name, text) in tokenizer.Files)
        {
            File.WriteAllText(folder[name], text);
        }

        var read = PublishedClip.Read(folder["ViT.pt"]);
        using var other = read.Clip;
        Close.Equal(clip.ImageFeatures(FormulaWeights.Image(2, 3, 16)), read.ImageEmbedding(2 * Normalized(FormulaWeights.Image(2, 3, 16)) - 1), 1e-4, 1e-4);

        Tensor Normalized(Tensor seen) => seen * tensor(read.Seen.Std.ToArray(), [1, 3, 1, 1], float32) + tensor(read.Seen.Mean.ToArray(), [1, 3, 1, 1], float32); // back to [0, 1]
    }

    /// <summary>Heads of 64 channels, as OpenAI's: sizes alone do not tell them.</summary>
    private static Clip Sample(bool resnet)
    {
        var clip = new Clip(
            resnet
                ? new(32, 32, [1, 1, 2, 1], 64, 0, 32, 7, tokenizer.Count, 64, 1, 2)
                : new(32, 16, [2], 128, 8, 2, 7, tokenizer.Count, 64, 1, 2),
            Precision.Fp32,
            seed: 3);
        clip.eval();
        return clip;
    }

    private static void Write(Clip clip, string folder, bool transformers)
    {
        var own = clip.named_parameters().Select(one => (one.name, Value: (Tensor)one.parameter)).Concat(clip.named_buffers().Select(one => (one.name, Value: one.buffer)));
        var named = own.SelectMany(one =>
        {
            var value = one.Value.detach();
            var names = transformers ? TransformersNames.Of(one.name) : [one.name];
            return names.Count == 1
                ? [KeyValuePair.Create(names[0], transformers && one.name is ("text_projection" or "visual.proj") ? value.t().contiguous() : value)]
                : names.Zip(value.chunk(3, 0), (name, part) => KeyValuePair.Create(name, part.contiguous()));
        });
        using var stream = File.Create(Path.Combine(folder, PublishedClip.WeightsFile));
        SafetensorsWriter.Write(stream, named);
        foreach (var (name, text) in tokenizer.Files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }
    }
}
