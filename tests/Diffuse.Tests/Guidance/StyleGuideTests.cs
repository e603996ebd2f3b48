using Diffuse.Data;
using Diffuse.Guidance;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Guidance;

public sealed class StyleGuideTests
{
    [Fact]
    public void A_style_is_the_same_wherever_it_lies_and_another_one_is_told_from_it()
    {
        using var scope = NewDisposeScope();
        using var network = new ResNet(new ResNetOptions { Channels = [8, 16] }, input: 1, classes: 3, Precision.Fp32, seed: 1);
        using var generator = new Generator(2);
        var picture = randn([1, 1, 16, 16], generator: generator);
        var guide = new StyleGuide(network, picture);
        var images = cat([picture, picture.flip(3).flip(2), randn([1, 1, 16, 16], generator: generator).cumsum(3) / 4]).requires_grad_();
        var p = guide.LogProbability(images, 0, Condition.None);
        Close.Equal(0, p[0].item<float>(), floor: 1e-9, what: "the picture itself");
        Assert.True(p[1].item<float>() > p[2].item<float>(), "a mirrored picture is nearer than one of other textures");

        var uphill = autograd.grad([p.sum()], [images])[0];
        var better = guide.LogProbability((images + 1e-3 * uphill / uphill.norm()).detach(), 0, Condition.None);
        Assert.True(better[2].item<float>() > p[2].item<float>());
        Assert.True(better[1].item<float>() > p[1].item<float>());
    }
}
