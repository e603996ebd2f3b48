using Diffuse.Data;
using Diffuse.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>
/// A small convolutional classifier of grey 28x28 images in ten classes, whose 128 features before the last layer serve Frechet distances. Trained
/// once on the training images and kept beside them.
/// </summary>
internal sealed class GarmentClassifier : nn.Module<Tensor, Tensor>
{
    public const int Features = 128;

    private readonly Sequential body = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding: 1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding: 1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding: 1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding: 1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 7 * 7, Features), nn.ReLU());

    private readonly Linear last = nn.Linear(Features, 10);

    private GarmentClassifier() : base(nameof(GarmentClassifier)) => RegisterComponents();

    /// <summary>[N, 128].</summary>
    public Tensor FeaturesOf(Tensor images) => body.call(images);

    /// <summary>[N, 10] logits.</summary>
    public override Tensor forward(Tensor images) => last.call(FeaturesOf(images));

    /// <summary>The classifier trained on a data set, read from a file where it was trained before.</summary>
    public static GarmentClassifier For(DataOptions options)
    {
        manual_seed(1);
        var classifier = new GarmentClassifier();
        using var scope = NewDisposeScope();
        var file = Path.Combine(options.Path, "classifier.safetensors");
        if (File.Exists(file))
        {
            using var stored = SafetensorsFile.Open(file);
            using var _ = no_grad();
            foreach (var (name, parameter) in classifier.named_parameters())
            {
                stored.ReadInto(name, parameter);
            }
        }
        else
        {
            using var data = DataSet.Open(options, seed: 1, Console.Error.WriteLine);
            classifier.Train(data, epochs: 4);
            using var stream = File.Create(file);
            SafetensorsWriter.Write(stream, classifier.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter)));
        }

        classifier.eval();
        return classifier;
    }

    private void Train(DataSet data, int epochs)
    {
        const int batch = 100;
        using var optimizer = optim.AdamW(parameters(), lr: 1e-3);
        var steps = epochs * data.Training.Count / batch;
        foreach (var (step, images) in new ImageStream(data, seed: 1, CPU).Batches(0, batch).Take(steps).Index())
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = 1e-3 * 0.5 * (1 + Math.Cos(Math.PI * step / steps));
            }

            optimizer.zero_grad();
            nn.functional.cross_entropy(call(images.Images), images.Condition.Label!).backward();
            optimizer.step();
            images.Images.Dispose();
            images.Condition.Label!.Dispose();
        }

        using var _ = no_grad();
        var right = new ImageStream(data, seed: 1, CPU).HeldOut(500).Sum(held => (call(held.Images).argmax(1) == held.Condition.Label!).sum().item<long>());
        Console.Error.WriteLine($"the classifier reads {right / (double)data.HeldOut.Count:P1} of {data.HeldOut.Count} held-out images");
    }
}
