using Diffuse.Numerics;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Everything that training changes: the weights and buffers of the module, the optimizer's moments, the average, the objective's own tensors.</summary>
/// <remarks>The module must be built, loaded and on its device. It keeps its weights when this is disposed of.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string Weights = "state/weights.safetensors";
    private const string Optimizer = "state/optimizer.safetensors";
    private const string Average = "state/ema.safetensors";
    private const string PowerAverages = "state/power-averages.safetensors";
    private const string Own = "state/objective.safetensors";

    private readonly IObjective objective;

    public TrainingState(IObjective objective, TrainingOptions options)
    {
        this.objective = objective;
        Parameters = new FlatParameters(objective.Trainable);
        Adam = new Adam(Parameters, options.Betas[0], options.Betas[1], options.WeightDecay, options.Optimizer == OptimizerKind.Adamw);
        Ema = options.EmaHalfLife.Value > 0 ? new Ema(Parameters) : null;
        Averages = options.SnapshotEvery.Value > 0 ? [.. Snapshots.Lengths.Select(length => (new Ema(Parameters), PowerAverage.Exponent(length)))] : [];
    }

    public FlatParameters Parameters { get; }

    public Adam Adam { get; }

    /// <summary>Null where the config wants none.</summary>
    public Ema? Ema { get; }

    /// <summary>The averages of which snapshots are stored, with their gamma, one for each of <see cref="Snapshots.Lengths"/>; none where the config wants none.</summary>
    public IReadOnlyList<(Ema Average, double Gamma)> Averages { get; }

    /// <summary>The weights to sample from take the place of those being trained, until the result is disposed of.</summary>
    public IDisposable? SamplingWeights() => Ema?.InPlaceOfWeights();

    public void Save(CheckpointWriter checkpoint)
    {
        foreach (var (file, tensors) in Files())
        {
            using var scope = NewDisposeScope();
            checkpoint.Tensors(file, tensors());
        }
    }

    /// <exception cref="InvalidDataException">The checkpoint is of another model, or of other training options.</exception>
    public void Load(Checkpoint checkpoint)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, tensors) in Files())
        {
            using var file = SafetensorsFile.Open(checkpoint.File(name));
            var expected = tensors().ToList();
            foreach (var (tensorName, tensor) in expected)
            {
                file.ReadInto(tensorName, tensor);
            }

            if (file.Entries.Count > expected.Count)
            {
                var other = file.Entries.Select(entry => entry.Name).Except(expected.Select(pair => pair.Key)).First();
                throw new InvalidDataException($"{checkpoint.File(name)}: the model has no tensor '{other}'");
            }
        }
    }

    /// <summary>All that a step changes.</summary>
    public TensorSnapshot Snapshot()
    {
        Tensor[] own = [Parameters.Values, Adam.Mean, Adam.MeanSquare];
        return new TensorSnapshot([.. own, .. Ema is null ? [] : new[] { Ema.Values }, .. Averages.Select(one => one.Average.Values), .. ChangedByLooking()]);
    }

    /// <summary>What already computing a loss may change: buffers (batch statistics) and the objective's own tensors.</summary>
    public TensorSnapshot SnapshotOfLooking() => new(ChangedByLooking());

    public void Dispose()
    {
        Parameters.Dispose();
        Adam.Dispose();
        Ema?.Dispose();
        Averages.ToList().ForEach(one => one.Average.Dispose());
    }

    /// <summary>The files of the state with their tensors by name.</summary>
    private IEnumerable<(string File, Func<IEnumerable<KeyValuePair<string, Tensor>>> Tensors)> Files()
    {
        yield return (Weights, () => Parameters.Named(Parameters.Values).Concat(Buffers()));
        yield return (Optimizer, () => Prefixed("exp_avg.", Adam.Mean).Concat(Prefixed("exp_avg_sq.", Adam.MeanSquare)));
        if (Ema is not null)
        {
            yield return (Average, () => Parameters.Named(Ema.Values));
        }

        if (Averages.Count > 0)
        {
            yield return (PowerAverages, () => Averages.SelectMany((one, i) => Prefixed($"{i}.", one.Average.Values)));
        }

        if (objective.State.Count > 0)
        {
            yield return (Own, () => objective.State);
        }
    }

    private IEnumerable<Tensor> ChangedByLooking() => Buffers().Select(named => named.Value).Concat(objective.State.Values);

    private IEnumerable<KeyValuePair<string, Tensor>> Buffers() =>
        objective.Trainable.named_buffers(include_nonpersistent: false).Select(named => KeyValuePair.Create(named.name, named.buffer));

    private IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, Tensor flat) =>
        Parameters.Named(flat).Select(named => KeyValuePair.Create(prefix + named.Key, named.Value));
}
