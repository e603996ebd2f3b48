using System.Buffers.Binary;
using System.Globalization;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>What steers images: captions, pictures, classifiers, CLIP.</summary>
public sealed class SteeringTests
{
    private const string Guides = "sampling.guides=";

    /// <summary>A PNG of 8x8 pixels, black above and white below.</summary>
    private const string LowerHalf =
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAEElEQVR42mNgIAL8hwI8DAA+Jh/h20QdPwAAAABJRU5ErkJggg==";

    private static readonly string[] captions =
        ["--set", "conditions=[{kind: caption, tokenizer: {vocabulary: 520, length: 6}, encoder: {width: 16, layers: 1, heads: 2}, dropout: 0.2}]"];

    private static readonly string[] classifier =
        ["--set", "objective=noisy-classification", "--set", "network={kind: half-unet, channels: [8, 16], head_size: 8, groups: 4}", "--set", "evaluation=[accuracy]"];

    [Fact]
    public void A_model_of_captions_draws_what_prompts_say()
    {
        using var tiny = Captioned();
        tiny.Train([.. captions, "--set", "data.path=captioned", "--set", "data.held_out=2"]).Succeeded();
        var last = Path.Combine(tiny.Folder, "runs", "00001-tiny", "checkpoints", "step-00000008");
        Assert.True(File.Exists(Path.Combine(last, "text_encoder", "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(last, "tokenizer", "merges.txt")));

        var one = tiny.Run("sample", "--prompt", "red heart", "--prompt", "a blue", "--seeds", "0-3", "--out", "drawn", "--json").Succeeded().Output;
        Assert.Contains("\"prompt\": \"a blue\"", one);
        tiny.Run("sample", "--prompt", "red heart", "--guidance", "0,1,300", "--count", "2", "--out", "strips").Succeeded();
        Assert.Equal(6, Directory.GetFiles(Path.Combine(tiny.Folder, "strips"), "0*.png", SearchOption.AllDirectories).Length);
        Assert.NotEqual(Image(tiny, "strips/guidance-1/000000.png"), Image(tiny, "strips/guidance-300/000000.png"));
        tiny.Run("sample", "--prompt", "red heart", "--guidance", "300", "--negative", "blue", "--count", "1", "--out", "without").Succeeded();
        Assert.NotEqual(Image(tiny, "strips/guidance-300/000000.png"), Image(tiny, "without/000000.png"));
        Assert.Contains("loss", tiny.Run("eval").Succeeded().Output);

        Assert.Equal(
            ["error: --prompt: found an empty text; allowed: words, or --guidance 0 for images of no prompt"], tiny.Run("sample", "--prompt", " ").Failed(2).Errors);
        Assert.StartsWith("error: --class: the model was trained without labels", Assert.Single(tiny.Run("sample", "--class", "3").Failed(2).Errors));
    }

    [Fact]
    public void What_a_model_was_not_told_cannot_be_asked_for()
    {
        using var tiny = new TinyRun();
        tiny.Train("--set", "objective.condition_dropout=0").Succeeded();
        Assert.Equal(["error: --prompt: the model was trained without captions; leave --prompt out"], tiny.Run("sample", "--guidance", "1", "--prompt", "cat").Failed(2).Errors);
        Assert.Equal(
            ["error: --guidance: found 2; the model was trained with its condition always there (condition_dropout 0); allowed: 1"],
            tiny.Run("sample", "--guidance", "2").Failed(2).Errors);
        tiny.Run("sample", "--count", "1").Succeeded(); // the config's own guidance is passed over, with a warning
        Assert.StartsWith(
            "error: data.path: 10000 of 10000 images have no caption", Assert.Single(tiny.Train([.. captions, "--new", "--set", "conditions=[caption]"]).Failed(2).Errors));
    }

    [Fact]
    public void A_part_of_a_picture_is_made_up_and_pictures_are_varied()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        tiny.Run("sample", "--guidance", "1", "--count", "2", "--out", "drawn").Succeeded();
        tiny.Run("sample", "--image", "drawn/000000.png", "--mask", "drawn/000001.png", "--count", "2", "--out", "filled").Succeeded();
        tiny.Run("sample", "--image", "drawn", "--strength", "0.5", "--count", "2", "--out", "varied").Succeeded();
        tiny.Run("sample", "--image", "drawn", "--strength", "0.5", "--count", "2", "--batch", "1", "--out", "one by one").Succeeded();
        Assert.NotEqual(Image(tiny, "filled/000000.png"), Image(tiny, "filled/000001.png"));
        Assert.Equal(Image(tiny, "varied/000001.png"), Image(tiny, "one by one/000001.png"));
        Assert.NotEqual(Image(tiny, "varied/000000.png"), Image(tiny, "drawn/000000.png"));
        Assert.StartsWith("error: --image: found no --mask and no --strength", Assert.Single(tiny.Run("sample", "--image", "drawn").Failed(2).Errors));
        Assert.Matches(
            "error: --mask: found [0-9]+x[0-9]+ pixels in .*grid.png, and 8x8 in .*000000.png; allowed: as many, or the 8x8 of the model",
            Assert.Single(tiny.Run("sample", "--image", "drawn/000000.png", "--mask", "drawn/grid.png").Failed(2).Errors));
        Assert.StartsWith("error: --mask: drawn holds ", Assert.Single(tiny.Run("sample", "--image", "drawn", "--mask", "drawn").Failed(2).Errors));
        Assert.StartsWith("error: --strength: found '2'", Assert.Single(tiny.Run("sample", "--image", "drawn", "--strength", "2").Failed(2).Errors));
    }

    [Theory]
    [InlineData("low-resolution, factor: 2", new[] { "--image", "held-out" })]
    [InlineData("masked-image", new[] { "--image", "held-out", "--mask", "mask.png" })]
    public void A_model_that_sees_a_picture_enlarges_or_fills_it(string condition, string[] options)
    {
        using var tiny = new TinyRun();
        tiny.Train("--set", $"conditions=[class, {{kind: {condition}, dropout: 0.1}}]", "--set", "training.sample_every=128").Succeeded();
        Assert.Single(Directory.GetFiles(Path.Combine(tiny.Path0, "samples")));
        File.WriteAllBytes(Path.Combine(tiny.Folder, "mask.png"), Convert.FromBase64String(LowerHalf));
        tiny.Run(["sample", "--out", "made", .. options]).Succeeded();
        Assert.StartsWith("error: --image: missing; the model ", Assert.Single(tiny.Run("sample").Failed(2).Errors));
    }

    [Fact]
    public void A_classifier_steers_a_model_that_is_told_nothing()
    {
        using var tiny = new TinyRun();
        tiny.Train([.. classifier, "--desc", "noisy"]).Succeeded();
        Assert.Contains("accuracy at t ", tiny.Run("eval", "--run", "0").Succeeded().Output);
        Assert.Contains("which draws no images", Assert.Single(tiny.Run("sample", "--run", "0").Failed(2).Errors));
        tiny.Train("--set", "data.labels=false", "--set", "sampling.guidance=1").Succeeded();
        string Draw(string guides, params string[] more)
        {
            var folder = guides.Length.ToString(CultureInfo.InvariantCulture) + guides.GetHashCode(StringComparison.Ordinal).ToString(CultureInfo.InvariantCulture);
            tiny.Run(["sample", "--run", "1", "--count", "1", "--out", folder, "--set", Guides + guides, .. more]).Succeeded();
            return Image(tiny, $"{folder}/000000.png");
        }

        const string guide = "guide: {kind: classifier, model: runs/00000-tiny-noisy}";
        string[] images =
        [
            Draw("[]"),
            Draw($"[{{kind: classifier, scale: 20, {guide}}}]", "--class", "Bag"),
            Draw($"[{{kind: classifier, scale: 20, form: mean, {guide}}}]", "--class", "Bag", "--sampler", "ddpm"),
            Draw($"[{{kind: universal, forward: 20, {guide}}}]", "--class", "Bag"),
            Draw($"[{{kind: universal, forward: 0, backward_steps: 3, recurrence: 2, {guide}}}]", "--class", "Bag"),
        ];
        Assert.Equal(images.Length, images.Distinct().Count());
        Assert.Contains("form mean shifts the mean", Assert.Single(
            tiny.Run("sample", "--run", "1", "--set", $"{Guides}[{{kind: classifier, form: mean, {guide}}}]").Failed(2).Errors));
        Assert.Contains("holds no CLIP", Assert.Single(tiny.Run(
            "sample", "--run", "1", "--set", $"{Guides}[{{kind: universal, guide: {{kind: clip, model: runs/00000-tiny-noisy, prompt: x}}}}]").Failed(2).Errors));
    }

    [Fact]
    public void CLIP_is_trained_measured_and_steers()
    {
        using var tiny = Captioned();
        tiny.Train(
            "--desc", "clip", "--set", "data.path=captioned", "--set", "data.held_out=4", "--set", "objective={kind: contrastive, tokenizer: {vocabulary: 520, length: 6}}",
            "--set", "network={kind: clip, embedding: 16, patch: 4, width: 16, layers: 1, heads: 2, text: {width: 16, layers: 1, heads: 2}}",
            "--set", "evaluation=[retrieval]").Succeeded();
        Assert.Contains("image of text, top 1", tiny.Run("eval", "--run", "1").Succeeded().Output);
        tiny.Run(
            "sample", "--run", "0", "--count", "1", "--set",
            $"{Guides}[{{kind: universal, forward: 1, guide: {{kind: clip, model: runs/00001-tiny-clip, prompt: red heart, cutouts: 2}}}}]").Succeeded();
    }

    /// <summary>A run of classes, and a folder of its images with captions.</summary>
    private static TinyRun Captioned()
    {
        var tiny = new TinyRun();
        tiny.Train().Succeeded();
        tiny.Run("sample", "--count", "24", "--out", "captioned").Succeeded();
        File.Delete(Path.Combine(tiny.Folder, "captioned", "grid.png"));
        string[] words = ["red heart", "a blue bag", "green shoe", "red shoe"];
        File.WriteAllLines(Path.Combine(tiny.Folder, "captioned", "metadata.jsonl"), Enumerable.Range(0, 24).Select(i =>
            $$"""{"file_name": "{{i.ToString("D6", CultureInfo.InvariantCulture)}}.png", "text": "{{words[i % 4]}}"}"""));
        return tiny;
    }

    /// <summary>The pixels of a PNG, its IDAT chunks: what it says of itself differs wherever a setting does.</summary>
    internal static string Image(TinyRun tiny, string file)
    {
        var png = File.ReadAllBytes(Path.Combine(tiny.Folder, file)).AsSpan(8);
        var pixels = "";
        while (png.Length > 0)
        {
            var size = (int)BinaryPrimitives.ReadUInt32BigEndian(png);
            pixels += png.Slice(4, 4).SequenceEqual("IDAT"u8) ? Convert.ToHexString(png.Slice(8, size)) : "";
            png = png[(size + 12)..];
        }

        return pixels;
    }
}
