using Diffuse.Data;
using Diffuse.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// One step: the mean gradient over a batch, taken in micro-batches; its clipping; the optimizer; the averages. What a step does follows
/// from its number, the seed, the data and the state, from nothing else.
/// </summary>
internal sealed class Optimization(
    TrainingOptions options, long seed, IObjective objective, TrainingData data, TrainingState state, Device device, StepTimes? times = null)
{
    /// <summary>Takes step number <paramref name="step"/>, counted from 0.</summary>
    /// <param name="batches">Micro-batches, the first of this step coming next.</param>
    /// <returns>The mean loss of an image and the gradient's norm before clipping, as [2] on the device; null if stopped before the update.</returns>
    /// <exception cref="DivergedException">Loss or gradient is not finite. Only seen here where a look costs no wait, on the CPU.</exception>
    public Tensor? Take(long step, double rate, IEnumerator<Batch> batches, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var before = state.SnapshotOfLooking();
        var loss = zeros(1, dtype: ScalarType.Float32, device: device);
        for (var micro = 0; micro < options.Accumulate; micro++)
        {
            if (stop.IsCancellationRequested)
            {
                before.Restore();
                state.Parameters.ZeroGradients();
                return null;
            }

            using var microScope = NewDisposeScope();
            using var draws = new Draws(seed, Purpose.Training, step, micro, device);
            times?.Enter(StepPart.Data);
            batches.MoveNext();
            times?.Enter(StepPart.Forward);
            var share = objective.Loss(batches.Current, draws.Noise, draws.Random).sum() / options.Batch;
            times?.Enter(StepPart.Backward);
            share.backward();
            loss.add_(share.detach());
        }

        times?.Enter(StepPart.Optimizer);
        var norm = state.Parameters.Norm().to(ScalarType.Float32).reshape(1);
        var scale = FlatParameters.Clipping(norm, options.Clip);
        if (device.type != DeviceType.CPU)
        {
            // Keeps the weights finite until somebody looks at the readings.
            var lost = (norm + loss).isfinite().logical_not();
            state.Parameters.Gradients.masked_fill_(lost, 0);
            scale = scale?.masked_fill(lost, 0);
        }
        else if (!float.IsFinite(norm.item<float>()) || !float.IsFinite(loss.item<float>()))
        {
            before.Restore();
            throw Diverged(step);
        }

        state.Adam.Step(rate, step + 1, scale, [.. Averages(step)]);
        times?.Enter(null);
        return cat([loss, norm]).MoveToOuterDisposeScope();
    }

    /// <summary>The averages that follow the weights, with the share of them that a step keeps.</summary>
    private IEnumerable<(Ema Average, double Keep)> Averages(long step)
    {
        if (state.Ema is { } ema)
        {
            yield return (ema, Ema.Decay(step * options.Batch, options.Batch, options.EmaHalfLife.Value, options.EmaWarmup));
        }

        foreach (var (average, gamma) in state.Averages)
        {
            yield return (average, PowerAverage.Decay(gamma, (step + 1) * options.Batch, options.Batch));
        }
    }

    /// <summary>Repeats the step with eyes open, up to the first micro-batch in which the numbers go wrong.</summary>
    public DivergedException Diverged(long step)
    {
        using var scope = NewDisposeScope();
        state.Parameters.ZeroGradients();
        using var batches = data.Batches(step * options.Batch, options.MicroBatch).GetEnumerator();
        var images = new List<string>();
        for (var micro = 0; micro < options.Accumulate && batches.MoveNext(); micro++)
        {
            using var draws = new Draws(seed, Purpose.Training, step, micro, device);
            using var watch = new LayerWatch(objective.Trainable);
            var (batch, loss) = (batches.Current, objective.Loss(batches.Current, draws.Noise, draws.Random));
            images.AddRange(batch.Indices.Select(data.Name));
            var finite = loss.isfinite().cpu().data<bool>().ToArray();
            if (finite.Contains(false))
            {
                return new DivergedException(step + 1, "the loss is not finite", watch.FirstNonFinite, [.. batch.Indices.Where((_, i) => !finite[i]).Select(data.Name)]);
            }

            loss.sum().backward();
        }

        var gradients = state.Parameters.Named(state.Parameters.Gradients).Reverse();
        var layer = gradients.Where(named => !named.Value.isfinite().all().item<bool>()).Select(named => named.Key).FirstOrDefault();
        state.Parameters.ZeroGradients();
        return new DivergedException(step + 1, "the gradient is not finite", layer, images);
    }
}
