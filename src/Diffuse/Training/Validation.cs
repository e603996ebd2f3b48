using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>The loss on the held-out images with the same noise and times every time, so that only the weights make a difference.</summary>
internal sealed class Validation(
    long seed, IObjective objective, TrainingData data, TrainingState state, int batchSize, Device device)
{
    /// <summary>Mean loss per image of the weights as they are; null where no image is held out, or the user asked to stop.</summary>
    public double? Loss(CancellationToken stop)
    {
        using var before = state.SnapshotOfLooking();
        using var _ = no_grad();
        var mean = Mean(stop);
        before.Restore();
        return mean;
    }

    private double? Mean(CancellationToken stop)
    {
        var (sum, count, number) = (0.0, 0L, 0);
        using var batches = data.HeldOut(batchSize).GetEnumerator();
        while (true)
        {
            using var scope = NewDisposeScope();
            if (stop.IsCancellationRequested)
            {
                return null;
            }

            if (!batches.MoveNext())
            {
                return count == 0 ? null : sum / count;
            }

            using var draws = new Draws(seed, Purpose.Validation, number++, 0, device);
            var loss = objective.Loss(batches.Current, draws.Noise, draws.Random);
            sum += loss.sum(ScalarType.Float64).item<double>();
            count += loss.shape[0];
        }
    }
}
