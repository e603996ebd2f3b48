using System.Runtime.CompilerServices;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Until disposed: no graph is recorded on this thread.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => Native.shim_grad_mode() != 0;

    /// <summary>Like <see cref="no_grad"/>, and the tensors made can never take part in a graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.shim_inference_mode() != 0;

    sealed class GradMode : IDisposable
    {
        readonly bool before = is_grad_enabled();
        bool disposed;

        public GradMode(bool enabled) => Native.shim_set_grad_mode(Native.Flag(enabled));

        public void Dispose()
        {
            if (!disposed) Native.shim_set_grad_mode(Native.Flag(before));
            disposed = true;
        }
    }

    sealed class InferenceMode(bool enabled) : IDisposable
    {
        nint guard = Native.shim_inference_enter(Native.Flag(enabled));

        public void Dispose()
        {
            nint left = Interlocked.Exchange(ref guard, 0);
            if (left != 0) Native.shim_inference_leave(left);
        }
    }

    public static partial class autograd
    {
        /// <summary>Gradients of the outputs' sum (weighted by <paramref name="grad_outputs"/>) with respect to the inputs.</summary>
        /// <returns>One per input; null where an input is unused, if <paramref name="allow_unused"/>.</returns>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            nint[] from = Handles(outputs), to = Handles(inputs), weights = Handles(grad_outputs), results = new nint[to.Length];
            byte success;
            fixed (nint* f = from, t = to, w = weights, r = results)
            {
                success = Native.shim_grad(
                    f, from.Length, t, to.Length, w, weights.Length, Native.Flag(retain_graph || create_graph),
                    Native.Flag(create_graph),
                    Native.Flag(allow_unused), r);
            }
            KeepAlive(outputs);
            KeepAlive(inputs);
            KeepAlive(grad_outputs);
            CheckPass(success);
            return Array.ConvertAll(results, Tensor.Own);
        }

        /// <summary>Adds the gradients of the tensors' sum to the leaves, or to <paramref name="inputs"/> alone.</summary>
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            nint[] from = Handles(tensors), weights = Handles(grad_tensors), to = Handles(inputs);
            byte success;
            fixed (nint* f = from, w = weights, t = to)
            {
                int retain = retain_graph is { } given ? given ? 1 : 0 : -1;
                success = Native.shim_backward(f, from.Length, w, weights.Length, retain, Native.Flag(create_graph), t, to.Length);
            }
            KeepAlive(tensors);
            KeepAlive(grad_tensors);
            KeepAlive(inputs);
            CheckPass(success);
        }

        public static void backward(
            Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) => backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        static nint[] Handles(IList<Tensor>? tensors)
        {
            if (tensors is null) return [];
            var handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++) handles[i] = tensors[i]?.Handle ?? 0;
            return handles;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void KeepAlive(IList<Tensor>? tensors)
        {
            if (tensors is null) return;
            for (int i = 0; i < tensors.Count; i++) GC.KeepAlive(tensors[i]);
        }
    }
}

/// <summary>Until disposed: a backward pass that makes a NaN, or fails, says which forward operator is to blame.</summary>
public class AnomalyMode : IDisposable
{
    readonly bool wasEnabled = IsEnabled, checkedNaN = ShouldCheckNaN;
    bool disposed;

    public AnomalyMode(bool enabled, bool check_nan = true) => Native.shim_set_anomaly(Native.Flag(enabled), Native.Flag(check_nan));

    public static bool IsEnabled => Native.shim_anomaly_enabled() != 0;

    public static bool ShouldCheckNaN => Native.shim_anomaly_checks_nan() != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !disposed) Native.shim_set_anomaly(Native.Flag(wasEnabled), Native.Flag(checkedNaN));
        disposed = true;
    }
}
