using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static class utils
        {
            /// <summary>Scales the gradients so that their norm, taken as one vector, is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var constant = no_grad();
                Tensor[] grads = [.. tensors.Select(p => p.grad).OfType<Tensor>()];
                if (grads.Length == 0) return 0;
                Tensor total;
                if (double.IsPositiveInfinity(norm_type))
                {
                    total = stack(grads.Select(g => g.abs().max().to(grads[0].device))).max();
                }
                else
                {
                    var norms = grads[0].is_cpu() || grads.All(g => g.is_cuda)
                        ? Op._foreach_norm_Scalar.Many(grads, norm_type)
                        : Array.ConvertAll(grads, g => g.norm((float)norm_type));
                    total = Op.norm_Scalar.One(stack(norms.Select(n => n.to(grads[0].device))), norm_type);
                }
                double norm = total.ToDouble();
                double factor = max_norm / (norm + 1e-6);
                if (factor < 1) Op._foreach_mul__Scalar.Do(grads, factor);
                return norm;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var constant = no_grad();
                foreach (var parameter in tensors)
                {
                    using var grad = parameter.grad;
                    grad?.clamp_(-clip_value, clip_value);
                }
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(p => p.view(-1)).ToArray()).MoveToOuterDisposeScope();
            }

            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                using var constant = no_grad();
                long offset = 0;
                foreach (var parameter in tensors)
                {
                    parameter.copy_(vec.narrow(0, offset, parameter.numel()).view_as(parameter));
                    offset += parameter.numel();
                }
            }
        }
    }
}
