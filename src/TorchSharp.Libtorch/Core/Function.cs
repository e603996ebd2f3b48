using System.Runtime.InteropServices;

namespace TorchSharp;

public static unsafe partial class torch
{
    public static partial class autograd
    {
        /// <summary>What forward leaves for backward.</summary>
        public class AutogradContext : IDisposable
        {
            readonly Dictionary<string, object> data = [];
            List<Tensor?> saved = [];

            internal AutogradContext()
            {
            }

            public bool MaterializeGrads { get; private set; } = true;

            /// <summary>Whether backward is given zeros for outputs that nothing depends on, rather than null.</summary>
            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            public void save_for_backward(List<Tensor> tensors) => saved = tensors!;

            public List<Tensor> get_saved_variables() => saved.ConvertAll(tensor => tensor is null ? null! : Again(tensor));

            public void save_data(string key, object value) => data[key] = value;

            public object get_data(string key) => data.GetValueOrDefault(key)!;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (disposing) saved.ForEach(tensor => tensor?.Dispose());
                saved = [];
            }

            /// <summary>From now on the saved tensors are the context's own.</summary>
            internal void Keep() => saved = saved.ConvertAll(tensor => tensor is null ? null : Again(tensor).DetachFromDisposeScope());

            static Tensor Again(Tensor tensor)
            {
                var again = Tensor.Own(Native.shim_tensor_again(tensor.Handle));
                GC.KeepAlive(tensor);
                return again;
            }
        }

        /// <summary>An operation with a backward of its own. Its arguments are tensors and whatever else; gradients are taken of those that are tensors.</summary>
        public abstract class Function<T>
            where T : Function<T>, new()
        {
            static readonly T instance = new();

            public abstract string Name { get; }

            public static List<Tensor> apply_internal(params object[] vars)
            {
                var inputs = vars.OfType<Tensor>().ToList();
                var records = is_grad_enabled() && inputs.Exists(input => input.requires_grad);
                var context = new AutogradContext();
                List<Tensor> outputs;
                using (no_grad()) outputs = instance.forward_internal(context, vars);
                if (!records)
                {
                    context.Dispose();
                    return outputs;
                }
                context.Keep();
                outputs = outputs.ConvertAll(output => inputs.Exists(input => ReferenceEquals(input, output)) ? output.detach() : output);
                Record(inputs, outputs, new Call(context, vars, instance.backward_internal));
                return outputs;
            }

            internal abstract List<Tensor> forward_internal(AutogradContext ctx, object[] vars);

            internal abstract List<Tensor> backward_internal(AutogradContext ctx, List<Tensor> grad_outputs);
        }

        public abstract class SingleTensorFunction<T> : Function<T>
            where T : SingleTensorFunction<T>, new()
        {
            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            /// <returns>One for each of forward's arguments, null for those that are no tensors.</returns>
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            internal sealed override List<Tensor> forward_internal(AutogradContext ctx, object[] vars) => [forward(ctx, vars)];

            internal sealed override List<Tensor> backward_internal(AutogradContext ctx, List<Tensor> grad_outputs) => backward(ctx, grad_outputs[0]);
        }

        /// <summary>One use of a function in a graph.</summary>
        sealed class Call(AutogradContext context, object[] vars, Func<AutogradContext, List<Tensor>, List<Tensor>> backward)
        {
            readonly bool[] areTensors = Array.ConvertAll(vars, variable => variable is Tensor);

            public AutogradContext Context => context;

            /// <returns>The gradients of the arguments that are tensors.</returns>
            public List<Tensor> Backward(List<Tensor> gradients) => backward(context, gradients).Where((_, i) => areTensors[i]).ToList();
        }

        static void Record(List<Tensor> inputs, List<Tensor> outputs, Call call)
        {
            nint[] from = Handles(inputs), to = Handles(outputs);
            nint context = GCHandle.ToIntPtr(GCHandle.Alloc(call));
            byte success;
            fixed (nint* f = from, t = to)
            {
                success = Native.shim_function(f, from.Length, t, to.Length, &Backward, &Forget, context, Native.Flag(call.Context.MaterializeGrads));
            }
            KeepAlive(inputs);
            KeepAlive(outputs);
            Native.Check(success);
        }

        [UnmanagedCallersOnly]
        static byte Backward(nint context, nint* gradients, int count, nint* results, int wanted)
        {
            try
            {
                using var scope = NewDisposeScope();
                var given = new List<Tensor>();
                for (int i = 0; i < count; i++) given.Add(Tensor.Own(gradients[i]));
                var found = ((Call)GCHandle.FromIntPtr(context).Target!).Backward(given);
                for (int i = 0; i < wanted && i < found.Count; i++)
                {
                    if (found[i] is not { } gradient) continue;
                    results[i] = Native.shim_tensor_again(gradient.Handle);
                    GC.KeepAlive(gradient);
                }
                return 1;
            }
            catch (Exception error)
            {
                Failed = error;
                return 0;
            }
        }

        [UnmanagedCallersOnly]
        static void Forget(nint context, byte last)
        {
            var handle = GCHandle.FromIntPtr(context);
            ((Call)handle.Target!).Context.Dispose();
            if (last != 0) handle.Free();
        }

        /// <summary>What a backward threw; the pass that called it throws it again.</summary>
        [ThreadStatic] static Exception? Failed;

        static void CheckPass(byte success)
        {
            var inner = Failed;
            Failed = null;
            if (success == 0 && inner is not null) throw new ExternalException(inner.Message, inner);
            Native.Check(success);
        }
    }
}
