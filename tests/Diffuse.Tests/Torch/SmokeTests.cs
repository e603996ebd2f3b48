using static TorchSharp.torch;

namespace Diffuse.Tests.Torch;

public sealed class SmokeTests
{
    [Fact]
    public void A_small_network_learns()
    {
        manual_seed(1);
        using var net = nn.Sequential(nn.Conv2d(3, 8, 3, padding: 1), nn.SiLU(), nn.Conv2d(8, 1, 3, padding: 1));
        using var scope = NewDisposeScope();
        var x = randn(2, 3, 8, 8);
        using (var y = net.call(x))
        {
            Assert.Equal([2, 1, 8, 8], y.shape);
            var loss = (y * y).mean();
            loss.backward();
        }
        Assert.Equal(4, net.parameters().Count());
        foreach (var p in net.parameters()) Assert.True(p.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Errors_carry_libtorch_s_words()
    {
        var e = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied", e.Message);
    }
}
