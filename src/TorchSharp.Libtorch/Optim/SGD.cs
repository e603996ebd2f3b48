using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>Gradient descent, with momentum b = momentum b + (1 - dampening) g if any.</summary>
public class SGD : OptimizerHelper, IMomentum
{
    readonly Options defaults;

    public SGD(
        IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    public SGD(
        IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
    {
        if (lr < 0) throw new ArgumentException($"a learning rate of {lr} is negative");
        if (momentum < 0) throw new ArgumentException($"a momentum of {momentum} is negative");
        if (weight_decay < 0) throw new ArgumentException($"a weight decay of {weight_decay} is negative");
        if (nesterov && (momentum == 0 || dampening != 0))
            throw new ArgumentException("Nesterov's method needs momentum and no dampening");
        defaults = new Options
        {
            LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov,
            maximize = maximize,
        };
        foreach (var group in parameters) add_param_group(group);
    }

    /// <summary>The first group's; setting sets every group's.</summary>
    public double Momentum
    {
        get => ParamGroups.Cast<ParamGroup>().First().Momentum;
        set
        {
            foreach (var group in ParamGroups.Cast<ParamGroup>()) group.Momentum = value;
        }
    }

    public override void add_param_group(Modules.ParamGroup param_group) => base.add_param_group(param_group);

    public override Tensor step(Func<Tensor>? closure = null) => StepAll(closure);

    protected override void Dispose(bool disposing) => Release(disposing);

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    private protected override void Complete(Modules.ParamGroup group)
    {
        if (group.Options is not Options) group.Options = new Options { LearningRate = group.Options.LearningRate };
        var options = (Options)group.Options;
        options.LearningRate ??= defaults.LearningRate;
        options.momentum ??= defaults.momentum;
        options.dampening ??= defaults.dampening;
        options.weight_decay ??= defaults.weight_decay;
        options.nesterov ??= defaults.nesterov;
        options.maximize ??= defaults.maximize;
    }

    private protected override void Step(Modules.ParamGroup group, Parameter[] parameters, Tensor[] gradients, OptimizerState[] states)
    {
        var options = (Options)group.Options;
        double momentum = options.momentum!.Value, dampening = options.dampening!.Value, decay = options.weight_decay!.Value;
        Tensor[] p = [.. parameters], g = options.maximize == true ? Op._foreach_neg.Many((Arg)gradients) : gradients;
        if (decay != 0) g = Op._foreach_add_List.Many(g, p, decay);
        if (momentum != 0)
        {
            for (int i = 0; i < p.Length; i++)
            {
                var state = (State)states[i];
                if (state.momentum_buffer is { } old) old.mul_(momentum).add_(g[i], 1 - dampening);
                else state.momentum_buffer = g[i].clone().DetachFromDisposeScope();
            }
            var buffers = Array.ConvertAll(states, s => ((State)s).momentum_buffer!);
            g = options.nesterov == true ? Op._foreach_add_List.Many(g, buffers, momentum) : buffers;
        }
        Op._foreach_add__List.Do(p, g, -options.LearningRate!.Value);
    }

    public class Options : OptimizerOptions
    {
        public double? momentum, dampening, weight_decay;
        public bool? nesterov, maximize;

        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            foreach (var value in new[] { momentum, dampening, weight_decay }) Write(writer, value);
            Write(writer, nesterov);
            Write(writer, maximize);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            (momentum, dampening, weight_decay) = (Read(reader), Read(reader), Read(reader));
            (nesterov, maximize) = (ReadFlag(reader), ReadFlag(reader));
        }

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (momentum, dampening, weight_decay) = (other.momentum, other.dampening, other.weight_decay);
            (nesterov, maximize) = (other.nesterov, other.maximize);
        }
    }

    /// <summary>The momentum, from the first step on.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public Tensor? momentum_buffer;

        public State(Parameter parameter)
            : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options)
        {
            momentum_buffer?.Dispose();
            momentum_buffer = null;
        }

        public override void SaveStateDict(BinaryWriter writer) => Write(writer, momentum_buffer);

        public override void LoadStateDict(BinaryReader reader) => Read(reader, ref momentum_buffer);

        public override void LoadStateDict(OptimizerState source) => Copy(((State)source).momentum_buffer, ref momentum_buffer);

        public override bool ApproximatelyEquals(OptimizerState other) => other is State s && Close(momentum_buffer, s.momentum_buffer);

        public override void to(Device device) => Move(ref momentum_buffer, device);

        internal override void Release() => Dispose();

        public void Dispose() => momentum_buffer?.Dispose();
    }

    public class ParamGroup : ParamGroup<Options>, IMomentum
    {
        public ParamGroup() => Options = new Options();

        public ParamGroup(IEnumerable<Parameter> parameters, Options options)
            : base(parameters, options)
        {
        }

        public ParamGroup(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0,
            bool nesterov = false, bool maximize = false)
            : base(parameters, new Options
            {
                LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov,
                maximize = maximize,
            })
        {
        }

        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }
    }
}
