using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Evaluation;

public sealed class FeatureNetworkTests
{
    private static string Script => Path.Combine(Repository.Root, "tests", "Diffuse.Tests", "Evaluation", "inception-2015-12-05.pt");

    /// <summary>A stand-in with NVIDIA's arguments, which gives the mean of each channel, negative where no features are asked for.</summary>
    [Fact]
    public void The_TorchScript_file_of_Inception_is_asked_for_features_of_bytes()
    {
        using var scope = NewDisposeScope();
        var network = new InceptionFeatureOptions { File = Script }.Build(new Sources());
        Assert.True(network.IsInception);
        var levels = tensor(new[] { 0.0, 100, 255, 7 }).to(ScalarType.Float32).reshape(1, 1, 2, 2).expand(1, 3, 2, 2);
        Close.Equal([90.5, 90.5, 90.5], network.Of(levels / 127.5 - 1).Vectors, 1e-6);
        Assert.Equal([1, 3], network.Of(zeros(1, 1, 2, 2)).Vectors.shape);
    }

    [Theory]
    [InlineData(192, "dims: found 192; allowed: 2048, all that NVIDIA's file gives")]
    [InlineData(100, "dims: found 100; allowed: 2048")]
    public void Features_that_it_does_not_give_are_refused(int dims, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => new InceptionFeatureOptions { File = Script, Dims = dims }.Build(new Sources())).Message);

    private sealed class Sources : IFeatureSources
    {
        public Device Device => CPU;

        public int Channels => 3;

        public (Network Network, string Name, string Key) Model(string path) => throw new NotSupportedException();

        public string Hash(string file) => file;
    }
}
