using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>The hyperparameters of a group; what is null is the optimizer's default.</summary>
public class OptimizerOptions
{
    public double? LearningRate { get; set; }

    public double InitialLearningRate { get; set; }

    public virtual void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(InitialLearningRate);
        Write(writer, LearningRate);
    }

    public virtual void LoadStateDict(BinaryReader reader)
    {
        InitialLearningRate = reader.ReadDouble();
        LearningRate = Read(reader);
    }

    public virtual void LoadStateDict(OptimizerOptions source)
    {
        InitialLearningRate = source.InitialLearningRate;
        LearningRate = source.LearningRate;
    }

    private protected static void Write(BinaryWriter writer, double? value) => writer.Write(value ?? double.NaN);

    private protected static double? Read(BinaryReader reader) => reader.ReadDouble() is var value && double.IsNaN(value) ? null : value;

    private protected static void Write(BinaryWriter writer, bool? value) => writer.Write((sbyte)(value is { } v ? v ? 1 : 0 : -1));

    private protected static bool? ReadFlag(BinaryReader reader) => reader.ReadSByte() is var value && value < 0 ? null : value == 1;
}

/// <summary>What an optimizer remembers of one parameter. Its tensors belong to no scope.</summary>
public abstract class OptimizerState
{
    protected Parameter _parameter;

    protected OptimizerState(Parameter parameter) => _parameter = parameter;

    internal Parameter Of => _parameter;

    internal abstract void Release();

    public abstract void Initialize(OptimizerOptions options);

    public abstract void SaveStateDict(BinaryWriter writer);

    public abstract void LoadStateDict(BinaryReader reader);

    public abstract void LoadStateDict(OptimizerState source);

    public virtual bool ApproximatelyEquals(OptimizerState other) => false;

    public virtual void to(Device device)
    {
    }

    private protected static Tensor Zeros(Parameter like) => torch.zeros_like(like).DetachFromDisposeScope();

    private protected static void Write(BinaryWriter writer, Tensor? tensor)
    {
        writer.Write(tensor is not null);
        tensor?.WriteBytesToStream(writer.BaseStream);
    }

    // Into `tensor`, which is made if there is none.
    private protected void Read(BinaryReader reader, ref Tensor? tensor)
    {
        if (!reader.ReadBoolean()) return;
        tensor ??= Zeros(_parameter);
        tensor.ReadBytesFromStream(reader.BaseStream);
    }

    private protected void Copy(Tensor? source, ref Tensor? tensor)
    {
        if (source is null) return;
        tensor ??= Zeros(_parameter);
        using var constant = no_grad();
        tensor.copy_(source);
    }

    private protected static void Move(ref Tensor? tensor, Device device)
    {
        if (tensor is null || device.Is(tensor.device)) return;
        tensor = tensor.to(device, disposeAfter: true).DetachFromDisposeScope();
    }

    private protected static bool Close(Tensor? a, Tensor? b) => a is null == b is null && (a is null || a.allclose(b!));
}

/// <summary>Parameters that share hyperparameters.</summary>
public class ParamGroup : ILearningRateController
{
    public IEnumerable<Parameter> Parameters { get; set; } = [];

    public OptimizerOptions Options { get; set; } = new();

    public double LearningRate
    {
        get => Options.LearningRate ?? throw new InvalidOperationException("the group belongs to no optimizer yet");
        set => Options.LearningRate = value;
    }

    public double InitialLearningRate
    {
        get => Options.InitialLearningRate;
        set => Options.InitialLearningRate = value;
    }
}

/// <summary>A group with the options of one optimizer.</summary>
public class ParamGroup<TOptions> : ParamGroup
    where TOptions : OptimizerOptions
{
    public ParamGroup()
    {
    }

    public ParamGroup(IEnumerable<Parameter> parameters, TOptions? options = null)
    {
        Parameters = [.. parameters];
        if (options is not null) base.Options = options;
    }

    public new TOptions Options
    {
        get => (TOptions)base.Options;
        set => base.Options = value;
    }
}

/// <summary>Groups, states and their persistence; an optimizer adds its step.</summary>
public abstract class OptimizerHelper : Optimizer
{
    readonly Dictionary<Parameter, OptimizerState> states = new(ReferenceEqualityComparer.Instance);

    private protected OptimizerHelper()
    {
    }

    private protected abstract OptimizerState NewState(Parameter parameter);

    // Fills what the group leaves open with the optimizer's defaults.
    private protected abstract void Complete(ParamGroup group);

    // One step of the parameters of a group that have gradients.
    private protected abstract void Step(ParamGroup group, Parameter[] parameters, Tensor[] gradients, OptimizerState[] states);

    public override void add_param_group(ParamGroup param_group)
    {
        Complete(param_group);
        param_group.Parameters = [.. param_group.Parameters];
        param_group.InitialLearningRate = param_group.LearningRate;
        foreach (var parameter in param_group.Parameters)
        {
            var state = NewState(parameter);
            if (!states.TryAdd(parameter, state)) throw new ArgumentException("a parameter is in two groups");
            state.Initialize(param_group.Options);
        }
        base.add_param_group(param_group);
    }

    private protected Tensor StepAll(Func<Tensor>? closure)
    {
        Tensor? loss = null;
        if (closure is not null) using (enable_grad()) loss = closure();
        using var constant = no_grad();
        foreach (var group in groups)
        {
            using var scope = NewDisposeScope();
            var found = group.Parameters.Select(p => (Parameter: p, Gradient: p.grad)).Where(p => p.Gradient is not null).ToArray();
            if (found.Length == 0) continue;
            Step(
                group, Array.ConvertAll(found, f => f.Parameter), Array.ConvertAll(found, f => f.Gradient!),
                Array.ConvertAll(found, f => states[f.Parameter]));
        }
        return loss!;
    }

    public void to(Device device)
    {
        foreach (var state in states.Values) state.to(device);
    }

    public virtual StateDictionary state_dict()
    {
        var result = new StateDictionary();
        foreach (var group in groups)
        {
            result.Options.Add(group.Options);
            result.StateIndexRef.Add([.. group.Parameters.Select((_, i) => result.State.Count + i)]);
            result.State.AddRange(group.Parameters.Select(p => states[p]));
        }
        return result;
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var own = this.state_dict();
        if (own.Options.Count != state_dict.Options.Count || own.State.Count != state_dict.State.Count)
            throw new ArgumentException("the groups or parameters of the state are not the optimizer's");
        foreach (var (to, from) in own.Options.Zip(state_dict.Options)) to.LoadStateDict(from);
        foreach (var (to, from) in own.State.Zip(state_dict.State)) to.LoadStateDict(from);
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    public void save_state_dict(BinaryWriter writer)
    {
        var own = state_dict();
        writer.Write(own.Options.Count);
        writer.Write(own.State.Count);
        foreach (var options in own.Options) options.SaveStateDict(writer);
        foreach (var state in own.State) state.SaveStateDict(writer);
        writer.Flush();
    }

    public void load_state_dict(BinaryReader reader)
    {
        var own = state_dict();
        if (reader.ReadInt32() != own.Options.Count || reader.ReadInt32() != own.State.Count)
            throw new ArgumentException("the groups or parameters of the state are not the optimizer's");
        foreach (var options in own.Options) options.LoadStateDict(reader);
        foreach (var state in own.State) state.LoadStateDict(reader);
    }

    private protected void Release(bool disposing)
    {
        if (!disposing) return;
        foreach (var state in states.Values) state.Release();
        states.Clear();
    }
}
