using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules;

/// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019). The decay is 0 unless given.</summary>
public class AdamW : OptimizerHelper, IBetas
{
    readonly Options defaults;

    public AdamW(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public AdamW(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0, bool amsgrad = false, bool maximize = false)
    {
        AdamStep.Check(lr, beta1, beta2, eps, weight_decay);
        defaults = new Options
        {
            LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize,
        };
        foreach (var group in parameters) add_param_group(group);
    }

    /// <summary>The first group's; setting sets every group's.</summary>
    public (double, double) Betas
    {
        get => ParamGroups.Cast<ParamGroup>().First().Betas;
        set
        {
            foreach (var group in ParamGroups.Cast<ParamGroup>()) group.Betas = value;
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
        options.beta1 ??= defaults.beta1;
        options.beta2 ??= defaults.beta2;
        options.eps ??= defaults.eps;
        options.weight_decay ??= defaults.weight_decay;
        options.amsgrad ??= defaults.amsgrad;
        options.maximize ??= defaults.maximize;
    }

    private protected override void Step(
        Modules.ParamGroup group, Parameter[] parameters, Tensor[] gradients, OptimizerState[] states)
    {
        var options = (Options)group.Options;
        foreach (var alike in Enumerable.Range(0, parameters.Length).GroupBy(i => ++((State)states[i]).step))
        {
            State[] chosen = [.. alike.Select(i => (State)states[i])];
            var step = new AdamStep
            {
                Parameters = [.. alike.Select(i => parameters[i])],
                Gradients = [.. alike.Select(i => gradients[i])],
                Mean = Array.ConvertAll(chosen, s => s.exp_avg),
                Square = Array.ConvertAll(chosen, s => s.exp_avg_sq),
                Largest = options.amsgrad == true ? Array.ConvertAll(chosen, s => s.max_exp_avg_sq!) : null,
                Number = alike.Key,
                Rate = options.LearningRate!.Value,
                Beta1 = options.beta1!.Value,
                Beta2 = options.beta2!.Value,
                Eps = options.eps!.Value,
                Decay = options.weight_decay!.Value,
                Decoupled = true,
                Maximize = options.maximize == true,
            };
            step.Run();
        }
    }

    public class Options : OptimizerOptions
    {
        public double? beta1, beta2, eps, weight_decay;
        public bool? amsgrad, maximize;

        public override void SaveStateDict(BinaryWriter writer)
        {
            base.SaveStateDict(writer);
            foreach (var value in new[] { beta1, beta2, eps, weight_decay }) Write(writer, value);
            Write(writer, amsgrad);
            Write(writer, maximize);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            base.LoadStateDict(reader);
            (beta1, beta2, eps, weight_decay) = (Read(reader), Read(reader), Read(reader), Read(reader));
            (amsgrad, maximize) = (ReadFlag(reader), ReadFlag(reader));
        }

        public override void LoadStateDict(OptimizerOptions source)
        {
            base.LoadStateDict(source);
            var other = (Options)source;
            (beta1, beta2, eps, weight_decay) = (other.beta1, other.beta2, other.eps, other.weight_decay);
            (amsgrad, maximize) = (other.amsgrad, other.maximize);
        }
    }

    /// <summary>Running means of the gradient and of its square, and the number of steps.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor exp_avg = null!;
        public Tensor exp_avg_sq = null!;
        public Tensor? max_exp_avg_sq;

        public State(Parameter parameter)
            : base(parameter)
        {
        }

        public override void Initialize(OptimizerOptions options)
        {
            step = 0;
            exp_avg = Zeros(_parameter);
            exp_avg_sq = Zeros(_parameter);
            if (((Options)options).amsgrad == true) max_exp_avg_sq = Zeros(_parameter);
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            writer.Write(step);
            Write(writer, exp_avg);
            Write(writer, exp_avg_sq);
            Write(writer, max_exp_avg_sq);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            step = reader.ReadInt64();
            Read(reader, ref exp_avg!);
            Read(reader, ref exp_avg_sq!);
            Read(reader, ref max_exp_avg_sq);
        }

        public override void LoadStateDict(OptimizerState source)
        {
            var other = (State)source;
            step = other.step;
            Copy(other.exp_avg, ref exp_avg!);
            Copy(other.exp_avg_sq, ref exp_avg_sq!);
            Copy(other.max_exp_avg_sq, ref max_exp_avg_sq);
        }

        public override bool ApproximatelyEquals(OptimizerState other) =>
            other is State s && step == s.step && Close(exp_avg, s.exp_avg) && Close(exp_avg_sq, s.exp_avg_sq)
            && Close(max_exp_avg_sq, s.max_exp_avg_sq);

        public override void to(Device device)
        {
            Move(ref exp_avg!, device);
            Move(ref exp_avg_sq!, device);
            Move(ref max_exp_avg_sq, device);
        }

        internal override void Release() => Dispose();

        public void Dispose()
        {
            exp_avg?.Dispose();
            exp_avg_sq?.Dispose();
            max_exp_avg_sq?.Dispose();
        }
    }

    public class ParamGroup : ParamGroup<Options>, IBetas
    {
        public ParamGroup() => Options = new Options();

        public ParamGroup(IEnumerable<Parameter> parameters, Options options)
            : base(parameters, options)
        {
        }

        public ParamGroup(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
            double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : base(parameters, new Options
            {
                LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad,
                maximize = maximize,
            })
        {
        }

        public (double, double) Betas
        {
            get => (Options.beta1!.Value, Options.beta2!.Value);
            set => (Options.beta1, Options.beta2) = value;
        }
    }
}
