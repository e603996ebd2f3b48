using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Tests.Torch;

/// <summary>The one entry through which every operator is called.</summary>
public sealed class OperatorTests
{
    /// <summary>What libtorch has since 2.0; the binding asks before it calls.</summary>
    static readonly string[] Newer = [nameof(Op.scaled_dot_product_attention)];

    [Fact]
    public void Every_operator_exists() =>
        Assert.Empty(typeof(Op).GetFields().Where(f => !((Operator)f.GetValue(null)!).Exists).Select(f => f.Name).Except(Newer));

    [Fact]
    public void An_unknown_operator_is_named()
    {
        var unknown = new Operator("aten::no_such_thing");
        Assert.False(unknown.Exists);
        var e = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => unknown.One());
        Assert.Contains("aten::no_such_thing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_that_are_left_out_take_the_schema_s_defaults()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        Assert.Equal(3, Op.add_Tensor.One(x, x, 2)[0].ToSingle());
        Assert.Equal(2, Op.add_Tensor.One(x, x, Arg.Default)[0].ToSingle());
        Assert.Equal(2, Op.add_Tensor.One(x, x)[0].ToSingle());
        Assert.ThrowsAny<Exception>(() => Op.add_Tensor.One(x));
        Assert.ThrowsAny<Exception>(() => Op.neg.One(x, 1, 2));
    }

    [Fact]
    public void A_long_list_of_tensors_is_passed_whole()
    {
        using var scope = NewDisposeScope();
        var many = Enumerable.Range(0, 1000).Select(i => full(1, i, float32)).ToArray();
        Assert.Equal(499500, cat(many).sum().ToSingle());
        Assert.Equal(1000, cat(many).split(1).Length);
    }
}
