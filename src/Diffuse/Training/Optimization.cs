using Diffuse.Data;
using Diffuse.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// One step: the mean gradient over a batch, taken in micro-batches; its clipping; the optimizer; the average. What a step does follows
/// from its number, the seed, the data and the state, from nothing else.
/// </summary>
internal sealed class Optimization(
    TrainingOptions options, long seed, IObjective objective, TrainingData data, TrainingState state, Device device)
{
    /// <summary>Takes step number <paramref name="step"/>, counted from 0.</summary>
    /// <param name="batches">Micro-batches, the first of this step coming next.</param>
    /// <returns>The mean loss of an image and the gradient's norm before clipping, as [2] on the device; null if stopped before the update.</returns>
    /// <exception cref="DivergedException">Loss or gradient is not finite. Only seen here where a look costs no wait, on the CPU.</exception>
    public Tensor? Take(long step, double rate, IEnumerator<Batch> batches, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var before = options.Accumulate > 1 ? state.SnapshotOfLooking() : null;
        var loss = zeros(1, dtype: ScalarType.Float32, device: device);
        for (var micro = 0; micro < options.Accumulate; micro++)
        {
            if (stop.IsCancellationRequested)
            {
                before?.Restore();
                state.Parameters.ZeroGradients();
                return null;
            }

            using var microScope = NewDisposeScope();
            using var draws = new Draws(seed, Purpose.Training, step, micro, device);
            batches.MoveNext();
            var share = objective.Loss(batches.Current, draws.Noise, draws.Random).sum() / options.Batch;
            share.backward();
            loss.add_(share.detach());
        }

        using var _ = no_grad();
        var norm = state.Parameters.Gradients.norm().reshape(1);
        if (device.type == DeviceType.CPU)
        {
            if (!double.IsFinite(loss.item<float>()) || !double.IsFinite(norm.to(ScalarType.Float32).item<float>()))
            {
                throw Diverged(step);
            }
        }
        else
        {
            // Keeps the weights finite until the readings are looked at.
            state.Parameters.Gradients.masked_fill_(norm.add(loss).isfinite().logical_not(), 0);
        }

        if (options.Clip > 0)
        {
            state.Parameters.Gradients.mul_((options.Clip / (norm + 1e-6)).clamp(max: 1));
        }

        state.Adam.Step(rate, step + 1);
        state.Ema?.Update(Ema.Decay(step * options.Batch, options.Batch, options.EmaHalfLife.Value, options.EmaWarmup));
        state.Parameters.ZeroGradients();
        return cat([loss, norm.to(ScalarType.Float32)]).MoveToOuterDisposeScope();
    }

    /// <summary>Repeats the step with eyes open to find where the numbers went wrong.</summary>
    public DivergedException Diverged(long step)
    {
        state.Parameters.ZeroGradients();
        var images = new List<string>();
        var suspects = new List<string>();
        string? layer = null;
        foreach (var (batch, micro) in data.Batches(step * options.Batch, options.MicroBatch).Take(options.Accumulate).Select((batch, i) => (batch, i)))
        {
            using var scope = NewDisposeScope();
            using var draws = new Draws(seed, Purpose.Training, step, micro, device);
            using var watch = new LayerWatch(objective.Trainable);
            var loss = objective.Loss(batch, draws.Noise, draws.Random);
            layer ??= watch.FirstNonFinite;
            loss.sum().backward();
            var finite = loss.isfinite().cpu().data<bool>().ToArray();
            images.AddRange(batch.Indices.Select(data.Name));
            suspects.AddRange(batch.Indices.Where((_, i) => !finite[i]).Select(data.Name));
        }

        using var gradients = NewDisposeScope();
        var found = suspects.Count > 0 ? "the loss is not finite" : "the gradient is not finite";
        layer ??= state.Parameters.Named(state.Parameters.Gradients).Reverse().Where(named => !named.Value.isfinite().all().item<bool>()).Select(named => named.Key).FirstOrDefault();
        state.Parameters.ZeroGradients();
        return new DivergedException(step + 1, suspects.Count > 0 ? suspects : images, layer, found);
    }
}
