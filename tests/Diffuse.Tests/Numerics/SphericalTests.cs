using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public sealed class SphericalTests
{
    [Fact]
    public void It_walks_along_the_arc()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor(new[] { 2.0, 0, 0, 0 }, [1, 1, 2, 2]), tensor(new[] { 0.0, 2, 0, 0 }, [1, 1, 2, 2]));
        Close.Equal(x, Spherical.Between(x, y, 0));
        Close.Equal(y, Spherical.Between(x, y, 1), floor: 1e-15);
        Close.Equal(tensor(new[] { 2 * Math.Cos(Math.PI / 6), 2 * Math.Sin(Math.PI / 6), 0, 0 }, [1, 1, 2, 2]), Spherical.Between(x, y, 1.0 / 3));
    }

    [Fact]
    public void What_lies_between_two_draws_is_as_long_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(0, [1, 2]);
        var both = z.Normal(zeros(2, 3, 16, 16));
        var length = Spherical.Between(both[0], both[1], 0.5).norm().item<float>();
        Assert.InRange(length / Math.Sqrt(3 * 16 * 16), 0.93, 1.07);
    }

    [Fact]
    public void Equal_opposite_and_empty_ends_give_numbers()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.0, -2 });
        Close.Equal(x, Spherical.Between(x, x, 0.3));
        Close.Equal(0.4 * x, Spherical.Between(x, -x, 0.3));
        Close.Equal(0.3 * x, Spherical.Between(0 * x, x, 0.3));
    }
}
