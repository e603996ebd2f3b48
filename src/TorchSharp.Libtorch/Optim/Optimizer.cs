using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }

        public interface IMomentum
        {
            double Momentum { get; set; }
        }

        /// <summary>Changes parameters by their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            private protected readonly List<ParamGroup> groups = [];

            private protected Optimizer()
            {
            }

            public virtual IEnumerable<ILearningRateController> ParamGroups => groups;

            /// <summary>One step from the gradients that the parameters hold, or that the closure leaves there.</summary>
            /// <returns>What the closure returned; null without one.</returns>
            public virtual Tensor step(Func<Tensor>? closure = null) => throw new NotImplementedException();

            public virtual void zero_grad() => throw new NotImplementedException();

            public virtual IEnumerable<Parameter> parameters() => throw new NotImplementedException();

            public virtual void add_param_group(ParamGroup param_group) => throw new NotImplementedException();

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>A copy of nothing: the options and states themselves, and which states belong to which group.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];

                public List<List<int>> StateIndexRef { get; } = [];
            }
        }
    }
}
