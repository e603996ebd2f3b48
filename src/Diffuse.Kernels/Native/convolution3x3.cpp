// diffuse::convolution3x3: a convolution of 3x3 with a border of one zero, bf16 or float32 on the CPU, by tiles that are transformed (winograd.inc): it takes about
// 0.6 times as long as the direct convolution. In bf16 the transformed input and kernel are rounded too, so it errs about twice as much. Weight and bias of a bf16
// convolution may be float32; they are rounded to bf16 first, but their gradients are not.
// Tiles are cut among threads; the sums of the weights' gradient run over a thread's tiles first, so they depend on the number of threads in their last bits.
// Where the gradient is to be differentiated again, it is libtorch's own.
#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution_backward.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <tuple>

#include "winograd.h"

namespace {

using at::Tensor;
using winograd::algorithm;
using winograd::Algorithm;

constexpr int64_t kMultiple = 16;  // of channels

Tensor plain(const Tensor& t) { return t.to(at::kFloat).contiguous(); }

struct Convolution3x3 : torch::autograd::Function<Convolution3x3> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    TORCH_CHECK(x.dim() == 4 && x.device().is_cpu() && algorithm(x.scalar_type()), "convolution3x3: x must be [N, C, H, W] on the CPU, in a type that this processor has it for");
    TORCH_CHECK(weight.dim() == 4 && weight.size(1) == x.size(1) && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % kMultiple == 0 && weight.size(1) % kMultiple == 0,
                "convolution3x3: weight must be [K, C, 3, 3], K and C multiples of ", kMultiple);
    TORCH_CHECK(bias.dim() == 1 && bias.size(0) == weight.size(0), "convolution3x3: bias must be [K]");
    context->save_for_backward({x, weight, bias});
    Tensor offset = plain(bias.to(x.scalar_type()));
    return algorithm(x.scalar_type())->convolve(x.contiguous(at::MemoryFormat::ChannelsLast), plain(weight), elements<float>(offset), false);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list grads) {
    auto saved = context->get_saved_variables();
    Tensor x = saved[0], weight = saved[1], bias = saved[2];
    bool input = context->needs_input_grad(0), parameters = context->needs_input_grad(1) || context->needs_input_grad(2);
    if (at::GradMode::is_enabled()) {
      auto [dx, dweight, dbias] = at::convolution_backward(grads[0], x, weight.to(x.scalar_type()), bias.sizes(), {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, {input, parameters, parameters});
      return {dx, dweight, dbias};
    }
    const Algorithm& chosen = *algorithm(x.scalar_type());
    Tensor dy = grads[0].contiguous(at::MemoryFormat::ChannelsLast), dx, dweight, dbias;
    if (input) dx = chosen.convolve(dy, plain(weight), nullptr, true);
    if (parameters) std::tie(dweight, dbias) = chosen.weight_gradient(x.contiguous(at::MemoryFormat::ChannelsLast), dy, weight);
    return {dx, dweight, dbias};
  }
};

Tensor convolution3x3(const Tensor& x, const Tensor& weight, const Tensor& bias) { return Convolution3x3::apply(x, weight, bias); }

bool is_quicker(bool bf16) { return algorithm(bf16 ? at::kBFloat16 : at::kFloat); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def("convolution3x3(Tensor x, Tensor weight, Tensor bias) -> Tensor", &convolution3x3);
  library.def("convolution3x3_is_quicker(bool bf16) -> bool", &is_quicker);
}
