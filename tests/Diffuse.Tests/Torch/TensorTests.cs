using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Tests.Torch;

/// <summary>Creation, indexing, data access, arithmetic with numbers, conversions.</summary>
public sealed class TensorTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    static long[] Longs(Tensor x) => x.data<long>().ToArray();

    [Fact]
    public void Types_follow_the_data()
    {
        Assert.Equal(ScalarType.Float32, zeros(2).dtype);
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.5).dtype);
        Assert.Equal(ScalarType.Float64, tensor(1.0).dtype);
        Assert.Equal(ScalarType.Int32, tensor(1).dtype);
        Assert.Equal(ScalarType.Bool, tensor([true]).dtype);
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.Equal(ScalarType.Int64, full(2, 2, 3).dtype);
        Assert.Equal(ScalarType.BFloat16, tensor([1f], dtype: bfloat16).dtype);
        Assert.Equal([2, 3], tensor(new[,] { { 1f, 2f, 3f }, { 4f, 5f, 6f } }).shape);
        Assert.Equal([2, 1], tensor(new List<double> { 1, 2 }, 2, 1).shape);
    }

    [Fact]
    public void Indices_select_as_in_Python()
    {
        var x = arange(24).view(2, 3, 4);
        Assert.Equal(17, x[1, 1, 1].ToInt64());
        Assert.Equal([12, 13, 14, 15], Longs(x[1, 0]));
        Assert.Equal([2, 6, 10], Longs(x[0, .., 2]));
        Assert.Equal([2, 3], Longs(x[0, 0, 2..]));
        Assert.Equal([0, 2], Longs(x[0, 0, TensorIndex.Slice(step: 2)]));
        Assert.Equal([23], Longs(x[^1, ^1, ^1..]));
        Assert.Equal([2, 3, 1], x[TensorIndex.Ellipsis, 1..2].shape);
        Assert.Equal([2, 1, 3, 4], x[.., TensorIndex.None].shape);
        Assert.Equal([2, 2, 4], x[TensorIndex.Colon, TensorIndex.Tensor(tensor([2L, 0L]))].shape);
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], Longs(x[TensorIndex.Single(0), TensorIndex.Tensor(tensor([2L, 0L]))].flatten()));
        Assert.Equal([20, 21, 22, 23], Longs(x[x > 19]));
        x[0, 0] = tensor([9L, 9L, 9L, 9L]);
        x[1, .., 0] = tensor(-1L);
        Assert.Equal([9, 9, 9, 9], Longs(x[0, 0]));
        Assert.Equal([-1, -1, -1], Longs(x[1, .., 0]));
        x.index_put_(5, x.lt(0));
        Assert.Equal(5, x[1, 2, 0].ToInt64());
    }

    [Fact]
    public void Views_share_and_in_place_operators_return_their_argument()
    {
        var x = zeros(2, 3);
        Assert.Same(x, x.add_(1));
        Assert.Same(x, x.clamp_(0, 0.5));
        x.t()[0].fill_(4);
        Assert.Equal([4, 0.5f, 0.5f, 4, 0.5f, 0.5f], x.data<float>().ToArray());
        Assert.Equal([4, 4, 0.5f, 0.5f, 0.5f, 0.5f], x.t().data<float>().ToArray());
    }

    [Fact]
    public void Numbers_on_either_side_keep_the_tensor_s_type()
    {
        var x = tensor([1f, 2f, 4f]);
        foreach (var y in new[] { 2 + x, x + 2, 2.0 - x, x - 2L, 2f * x, x * 2.0, 2 / x, x / 2, x % 2, -x })
            Assert.Equal(ScalarType.Float32, y.dtype);
        Assert.Equal([1, 0, -2], (2 - x).data<float>().ToArray());
        Assert.Equal([2, 1, 0.5f], (2 / x).data<float>().ToArray());
        Assert.Equal([1, 0, 0], (x % 2).data<float>().ToArray());
        Assert.Equal(ScalarType.BFloat16, (x.bfloat16() * 0.1).dtype);
        Assert.Equal([false, true, true], (x >= 2).data<bool>().ToArray());
        Assert.Equal([true, false, false], (2 > x).data<bool>().ToArray());
    }

    [Fact]
    public void Data_is_read_in_the_order_of_the_indices()
    {
        var x = arange(6).view(2, 3).t();
        Assert.Equal([0, 3, 1, 4, 2, 5], Longs(x));
        var data = x.data<long>();
        Assert.Equal(4, data[1, 1]);
        data[1, 1] = 40;
        Assert.Equal(40, x[1, 1].item<long>());
        var part = new long[3];
        data.CopyTo(part, 1, 2);
        Assert.Equal([0, 1, 40], part);
        data.CopyFrom([7L, 8L], 0, 4);
        Assert.Equal([0, 3, 1, 40, 7, 8], x.data<long>());
    }

    [Fact]
    public void Wrong_types_and_counts_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ones(2).item<float>());
        Assert.Throws<ArgumentException>(() => ones(1).item<double>());
        Assert.Throws<ArgumentException>(() => ones(1).data<long>());
        Assert.Throws<ArgumentException>(() => tensor([1f, 2f], [3L]));
        Assert.Throws<InvalidOperationException>(() => ones(2, 3).t().bytes.Length);
        Assert.Throws<NotSupportedException>(() => zeros(2, names: ["N"]));
    }

    [Fact]
    public void Bytes_are_the_memory()
    {
        var x = zeros(2);
        BitConverter.GetBytes(3f).CopyTo(x.bytes);
        x.bytes[4..].Clear();
        Assert.Equal([3, 0], x.data<float>().ToArray());
        using var stream = new MemoryStream();
        x.WriteBytesToStream(stream);
        stream.Position = 0;
        var y = ones(2);
        y.ReadBytesFromStream(stream);
        Assert.True(x.allclose(y));
    }

    [Fact]
    public void Conversion_without_need_is_another_handle_on_the_same_memory()
    {
        var x = ones(2);
        var y = x.to(float32);
        y.add_(1);
        Assert.Equal(2, x[0].ToSingle());
        var z = x.to(float32, copy: true);
        z.zero_();
        Assert.Equal(2, x[0].ToSingle());
        var doubled = x.to(float64, disposeAfter: true);
        Assert.True(x.IsInvalid);
        Assert.Equal(2.0, doubled[1].item<double>());
    }

    [Fact]
    public void Dimensions_that_are_left_out_are_all()
    {
        var x = arange(12, dtype: float32).view(3, 4);
        Assert.Equal(66, x.sum().ToSingle());
        Assert.Equal([3, 1], x.mean([1], keepdim: true).shape);
        Assert.Equal([12, 15, 18, 21], x.sum(0L).data<float>().ToArray());
        Assert.Equal(x.std().ToDouble(), x.std([0, 1]).ToDouble(), 1e-6);
        Assert.Equal(x.var(false).ToDouble(), (x - x.mean()).square().mean().ToDouble(), 1e-4);
        var (values, indexes) = x.max(1);
        Assert.Equal([3, 7, 11], values.data<float>().ToArray());
        Assert.Equal([3, 3, 3], Longs(indexes));
        Assert.Equal([11, 10], x.flatten().topk(2).values.data<float>().ToArray());
        Assert.Equal(3, x.argmax(1)[0].ToInt64());
    }

    [Fact]
    public void Splitting_and_joining_undo_each_other()
    {
        var x = arange(12).view(6, 2);
        Assert.True(cat(x.chunk(3)).equal(x).all().ToBoolean());
        Assert.True(cat(x.split(4)).equal(x).all().ToBoolean());
        Assert.True(stack(x.unbind()).equal(x).all().ToBoolean());
        Assert.Equal([1, 5], x.split([1, 5]).Select(part => part.size(0)));
        var image = randn(1, 4, 2, 2);
        Assert.True(nn.functional.pixel_unshuffle(nn.functional.pixel_shuffle(image, 2), 2).allclose(image));
    }

    [Fact]
    public void A_generator_repeats_itself_from_its_state()
    {
        using var generator = new Generator(5);
        _ = randn(3, generator: generator);
        using var state = generator.get_state();
        float[] first = randn(20, generator: generator).data<float>().ToArray();
        generator.set_state(state);
        Assert.Equal(first, randn(20, generator: generator).data<float>().ToArray());
        Assert.Equal(5, generator.initial_seed());
        Assert.NotEqual(first, randn(20, generator: generator.manual_seed(6)).data<float>().ToArray());
    }

    [Fact]
    public void Gradient_modes_nest()
    {
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            using (enable_grad()) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        using (inference_mode()) Assert.True(is_inference_mode_enabled());
        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void Gradients_are_taken_with_respect_to_inputs_alone()
    {
        var x = tensor([2f], requires_grad: true);
        var w = tensor([3f], requires_grad: true);
        var y = x * x * w;
        var first = autograd.grad([y], [x], create_graph: true)[0];
        Assert.Equal(12, first.ToSingle());
        Assert.Equal(6, autograd.grad([first], [x], retain_graph: true)[0].ToSingle());
        Assert.Null(x.grad);
        Assert.Null(autograd.grad([y], [tensor([1f], requires_grad: true)], allow_unused: true)[0]);
        Assert.NotSame(x.grad, x.grad ?? x);
    }

    [Fact]
    public void Linear_algebra_agrees_with_itself()
    {
        using var generator = new Generator(3);
        var a = randn([4L, 4L], float64, generator: generator);
        var spd = a.matmul(a.mT) + eye(4, dtype: float64);
        var (values, vectors) = linalg.eigh(spd);
        Assert.True(vectors.matmul(values.diag()).matmul(vectors.mT).allclose(spd));
        Assert.True(linalg.cholesky(spd).matmul(linalg.cholesky(spd).mT).allclose(spd));
        Assert.True(linalg.solve(spd, a).allclose(linalg.inv(spd).matmul(a)));
        var (u, s, vh) = linalg.svd(a, false);
        Assert.True(u.mul(s).matmul(vh).allclose(a));
        Assert.Equal(values.prod().ToDouble(), linalg.det(spd).ToDouble(), 1e-6);
        Assert.True(einsum("ij,jk->ik", a, spd).allclose(a.mm(spd)));
    }
}
