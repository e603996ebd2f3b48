using Diffuse.Networks;
using Diffuse.Evaluation;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Evaluation;

public sealed class CopiesTests
{
    private const int Real = 300;

    [Fact, LeaksNoTensors]
    public void Images_of_their_own_are_no_copies_and_copies_with_a_little_noise_are()
    {
        using var scope = NewDisposeScope();
        var training = Images(Real, seed: 1);
        Assert.Equal(0, Share(training, Images(50, seed: 2)));
        Assert.Equal(1, Share(training, training.narrow(0, 100, 50) + 0.05 * Images(50, seed: 3)));
        Assert.Equal(0.4, Share(training, cat([training.narrow(0, 0, 20), Images(30, seed: 4)])), 1e-9);
    }

    /// <summary>An image that is in the data five times is copied as well as one that is in it once.</summary>
    [Fact]
    public void Duplicates_in_the_data_hide_no_copy()
    {
        using var scope = NewDisposeScope();
        var once = Images(Real, seed: 1);
        var duplicated = once.narrow(0, 0, 10).repeat(4, 1, 1, 1);
        var training = cat([once, duplicated + 0.01 * Images(40, seed: 5)]);
        Assert.Equal(1, Share(training, once.narrow(0, 0, 10)));
        Assert.Equal(0, Share(training, Images(50, seed: 2)));
    }

    /// <summary>A copy rate that the data have by themselves is seen on images that were not trained on.</summary>
    [Fact]
    public void Held_out_images_are_the_control()
    {
        using var scope = NewDisposeScope();
        var training = Images(Real, seed: 1);
        var held = training.narrow(0, 0, 40) + 0.05 * Images(40, seed: 3);
        var metrics = new CopiesOptions { Count = 30 }.Build(null!).Evaluate(new EvaluationContext([], 0, new Sets(training, Images(30, seed: 2), held)), default);
        Assert.Equal((0, 1), (Of("copies in pixels"), Of("copies in pixels of held-out images")));

        double Of(string name) => metrics.Single(metric => metric.Name == name).Value;
    }

    [Fact]
    public void A_share_has_the_interval_of_Clopper_and_Pearson()
    {
        var none = Metric.Share("copies", 0, 100);
        Close.Equal([0, 1 - Math.Pow(0.025, 0.01)], [none.Low!.Value, none.High!.Value], 1e-9);
        var half = Metric.Share("copies", 5, 10);
        Close.Equal([0.187086, 0.812914], [half.Low!.Value, half.High!.Value], 1e-5);
    }

    private static double Share(Tensor training, Tensor drawn) => new CopiesOptions { Count = (int)drawn.shape[0] }.Build(null!)
        .Evaluate(new EvaluationContext([], 0, new Sets(training, drawn)), default).Single(metric => metric.Name == "copies in pixels").Value;

    private static Tensor Images(int n, long seed)
    {
        using var z = new Diffuse.Numerics.PerImageNoise(seed, [.. Enumerable.Range(0, n).Select(i => (long)i)]);
        return z.Normal(zeros(n, 1, 4, 4));
    }

    private sealed class Sets(Tensor training, Tensor drawn, Tensor? held = null) : IImageSets
    {
        public (Tensor Mean, Tensor Covariance)? Known => null;

        public IReadOnlyList<int> Training => [.. Enumerable.Range(0, (int)training.shape[0])];

        public (IReadOnlyList<int> Labels, int Classes)? Asked(int count) => null;

        public IEnumerable<Tensor> Drawn(int count, CancellationToken stop) => drawn.narrow(0, 0, count).split(16);

        public IEnumerable<Tensor> HeldOut(int count, CancellationToken stop) => held is null ? [] : held.split(16);

        public IEnumerable<Tensor> Real(int count, CancellationToken stop) => throw new NotSupportedException();

        public Tensor TrainingImages(IReadOnlyList<int> indices) => training.index_select(0, tensor(indices.Select(i => (long)i).ToArray()));

        public IFeatureNetwork Network(FeatureOptions? options) => throw new NotSupportedException();

        public Features RealFeatures(IFeatureNetwork network, int count, CancellationToken stop) => throw new NotSupportedException();

        public void Show(string name, Tensor pairs, IReadOnlyList<string> columns, IReadOnlyList<string> rows)
        {
            Assert.Equal(["drawn", "nearest"], columns);
            Assert.Equal(2 * rows.Count, pairs.shape[0]);
        }
    }
}
