using System.Runtime.InteropServices;
using Diffuse.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Tests.Torch;

/// <summary>TorchScript files, made by scripts/make-script-modules.</summary>
public sealed class JitTests
{
    static string File(string name) => Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Guidance", name);

    [Fact, LeaksNoTensors]
    public void A_file_and_its_bytes_are_the_function_that_was_saved()
    {
        using var scope = NewDisposeScope();
        var x = (arange(32, ScalarType.Float32) / 20).reshape(2, 1, 4, 4);
        var expected = (x - arange(16, ScalarType.Float32).sin().reshape(1, 1, 4, 4)).square().flatten(1).sum(1);
        using var one = jit.load<Tensor, Tensor>(File("loss.pt"));
        using var any = jit.load<Tensor>(System.IO.File.ReadAllBytes(File("loss.pt")), CPU);
        Close.Equal(expected, one.call(x), 1e-5);
        Close.Equal(expected, any.forward(x), 1e-5);
    }

    [Fact]
    public void Gradients_flow_through_it()
    {
        using var scope = NewDisposeScope();
        var x = (arange(32, ScalarType.Float32) / 20).reshape(2, 1, 4, 4).requires_grad_();
        using var script = jit.load<Tensor, Tensor>(File("loss.pt"), "cpu");
        var gradient = autograd.grad([script.forward(x).sum()], [x])[0];
        Close.Equal(2 * (x - arange(16, ScalarType.Float32).sin().reshape(1, 1, 4, 4)), gradient, 1e-5);
    }

    [Fact]
    public void It_is_a_module_that_has_a_type_and_can_be_disposed()
    {
        using var scope = NewDisposeScope();
        using var script = jit.load<Tensor, Tensor>(File("loss.pt"));
        Assert.True(script.training); // the files of the tests keep no mode of their own
        script.eval();
        Assert.Equal(ScalarType.Float64, script.to(ScalarType.Float64).call(zeros(1, 1, 4, 4, ScalarType.Float64)).dtype);
        script.Dispose();
        Assert.Throws<ObjectDisposedException>(() => script.call(zeros(1, 1, 4, 4)));
    }

    [Fact]
    public void What_cannot_be_loaded_or_called_says_why()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<FileNotFoundException>(() => jit.load(File("nothing.pt")));
        Assert.Contains("zip", Assert.Throws<ExternalException>(() => jit.load(new byte[100])).Message);
        using var script = jit.load<Tensor, Tensor>(File("loss.pt"));
        Assert.Contains("must match the size", Assert.Throws<ExternalException>(() => script.call(zeros(1, 1, 5, 5))).Message);
        using var two = jit.load<Tensor, Tensor, Tensor>(File("loss.pt"));
        Assert.Contains("forward", Assert.Throws<ExternalException>(() => two.call(zeros(1), zeros(1))).Message);
    }
}
