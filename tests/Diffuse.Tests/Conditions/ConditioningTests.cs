using Diffuse.Conditions;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Conditions;

public sealed class ConditioningTests
{
    private static readonly ConditionSources sources = new(LatentChannels: 2, ["a", "b", "c"], null, Precision.Fp32, 0);

    [Fact]
    public void Networks_are_built_for_all_that_they_are_told()
    {
        var conditioning = new Conditioning([new ClassOptions(), new LowResolutionOptions { Factor = 2 }, new MaskedImageOptions()], sources, 0.1);
        var shape = conditioning.Asks(new NetworkShape(2, 2, 8, 8));
        Assert.Equal((3, 2 + 3), (shape.Classes, shape.Image));
    }

    [Fact]
    public void Each_part_is_withheld_with_its_own_probability()
    {
        using var scope = NewDisposeScope();
        var conditioning = new Conditioning([new ClassOptions { Dropout = 0.8 }, new LowResolutionOptions { Factor = 2, Dropout = 0.2 }], sources, 0.5);
        var given = conditioning.Tell(Images(2000), new Random(1), withhold: true);
        var labels = given.Label!.eq(3).to(float32).mean().item<float>();
        var images = given.Image!.abs().flatten(1).sum(1).eq(0).to(float32).mean().item<float>();
        Assert.InRange(labels, 0.77, 0.83);
        Assert.InRange(images, 0.17, 0.23);
    }

    [Fact]
    public void What_is_never_withheld_in_training_stays_under_guidance()
    {
        using var scope = NewDisposeScope();
        var conditioning = new Conditioning([new LowResolutionOptions { Factor = 2, Dropout = 0 }, new MaskedImageOptions()], sources, 0.1);
        var given = conditioning.Tell(Images(3), new Random(1), withhold: false);
        var none = conditioning.Null!.Of(given);
        Assert.True(given.Image!.narrow(1, 0, 2).allclose(none.Image!.narrow(1, 0, 2)));
        Assert.Equal(0, none.Image!.narrow(1, 2, 3).abs().sum().item<float>());
        Assert.Null(new Conditioning([new ClassOptions { Dropout = 0 }], sources, 0.1).Null);
    }

    [Fact]
    public void Words_are_left_out_in_training_alone()
    {
        using var scope = NewDisposeScope();
        var tokenizer = new BytePairTokenizer([], length: 8);
        var caption = tensor(tokenizer.Encode("a b c").Select(id => (long)id).ToArray(), [1, 8]).expand(500, 8);
        var conditioning = new Conditioning(
            [new CaptionOptions { WordDropout = 0.4, Dropout = 0, Encoder = new() { Width = 8, Layers = 1, Heads = 1 } }], sources with { Tokenizer = tokenizer }, 0);
        var batch = new Batch(zeros(500, 2, 4, 4), new Condition(Caption: caption), new int[500]);
        Assert.True(caption.equal(conditioning.Tell(batch, new Random(1), withhold: false).Caption!).all().item<bool>());
        var told = conditioning.Tell(batch, new Random(1), withhold: true).Caption!;
        Assert.InRange(told.eq(caption[0][2]).sum().item<long>() / 500.0, 0.6 + 0.4 * 0.4 * 0.4 - 0.06, 0.6 + 0.4 * 0.4 * 0.4 + 0.06); // a text is not left out as a whole
        Assert.Equal([512, 257 + 'a' - 34, 513, 0, 0, 0, 0, 0], Thinned("a"));
        Assert.Equal([512, 257 + 'a' - 34, 257 + 'c' - 34, 513, 0, 0, 0, 0], Thinned("ac"));
        Assert.Equal(tokenizer.Encode("a b c"), Thinned(""));

        IReadOnlyList<int> Thinned(string kept)
        {
            var word = 0;
            return tokenizer.Thinned(tokenizer.Encode("a b c"), () => !kept.Contains("abc"[word++]));
        }
    }

    [Fact]
    public void Low_resolution_is_the_mean_of_squares_brought_back()
    {
        using var scope = NewDisposeScope();
        var flat = zeros(1, 2, 8, 8) + 0.5;
        var told = new LowResolution(4, 2, new Latents.Pixels());
        Assert.True(flat.allclose(told.Of(flat).Image!));
        Close.Equal(0.25, told.Of(tensor(new float[] { 1, 0, 0, 0 }).expand(1, 2, 4, 4)).Image!.mean().item<float>(), 1e-6);
    }

    [Fact]
    public void Masks_hide_a_rectangle_or_all_around_it()
    {
        using var scope = NewDisposeScope();
        var images = Images(200);
        var told = new MaskedImage(2, outside: 0.3, new Latents.Pixels()).Tell(images, new Random(2)).Image!;
        var (unknown, seen) = (told.narrow(1, 0, 1), told.narrow(1, 1, 2));
        Assert.True((images.Images * (1 - unknown)).allclose(seen));
        var corners = unknown.select(2, 0).select(2, 0).flatten();
        var share = unknown.flatten(1).mean([1]);
        Assert.InRange(share.min().item<float>(), 1.0 / 16, 0.5);
        Assert.InRange(share.max().item<float>(), 0.5, 15.0 / 16);
        Assert.InRange(corners.mean().item<float>(), 0.2, 0.45);
    }

    [Fact]
    public void Images_of_two_conditions_stand_behind_each_other()
    {
        using var scope = NewDisposeScope();
        var both = Conditioning.With(new Condition(Image: ones(1, 1, 2, 2)), new Condition(Label: tensor(new[] { 4L }), Image: zeros(1, 2, 2, 2)));
        Assert.Equal([1f, 0f, 0f], both.Image!.mean([2, 3]).flatten().data<float>().ToArray());
        Assert.Equal(4, both.Label!.item<long>());
    }

    [Fact]
    public void An_encoded_caption_is_withheld_with_what_was_made_of_it()
    {
        using var scope = NewDisposeScope();
        var given = new Condition(Caption: ones(2, 4, dtype: int64), Tokens: ones(2, 4, 3));
        var none = new NullCondition(Caption: zeros(1, 4, dtype: int64));
        Assert.Null(none.Of(given).Tokens); // the model encodes the empty text
        Assert.Null(NullCondition.Join(given, none.Of(given)).Tokens);
        Assert.Equal(0, none.Of(given).Caption!.sum().item<long>());
        var encoded = none with { Tokens = zeros(1, 4, 3) };
        Assert.Equal(12, NullCondition.Join(given, encoded.Of(given)).Tokens!.sum().item<float>() / 2);
        Assert.Same(given.Tokens, new NullCondition(Label: 3).Of(given).Tokens);
    }

    private static Batch Images(int n) => new(
        rand(n, 2, 8, 8, generator: new Generator(1)) + 0.1, new Condition(Label: arange(n) % 3), [.. Enumerable.Range(0, n)]);
}
