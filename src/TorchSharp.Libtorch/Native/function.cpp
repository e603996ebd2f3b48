// Functions whose gradient is computed by C#: a node of the graph that calls back.
#include "shim.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <stdexcept>

namespace {

// Takes `count` owned gradients (null: undefined) and fills `wanted` owned ones; false: it failed, and keeps why.
using Backward = bool (*)(void* context, void** gradients, int32_t count, void** results, int32_t wanted);
// Lets go of what was saved for backward; `last`: and of the context.
using Forget = void (*)(void* context, bool last);

struct ManagedNode : torch::autograd::Node {
  ManagedNode(Backward backward, Forget forget, void* context, bool materialize)
      : backward(backward), forget(forget), context(context), materialize(materialize) {}

  ~ManagedNode() override { forget(context, true); }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    std::vector<void*> given, results(num_outputs());
    for (size_t i = 0; i < gradients.size(); i++) {
      at::Tensor gradient = gradients[i].defined() || !materialize ? gradients[i] : input_metadata(i).zeros_like();
      given.push_back(release(std::move(gradient)));
    }
    if (!backward(context, given.data(), static_cast<int32_t>(given.size()), results.data(), static_cast<int32_t>(results.size())))
      throw std::runtime_error("the backward of a function failed");
    torch::autograd::variable_list found;
    for (void* handle : results)
      found.push_back(handle == nullptr ? at::Tensor() : at::Tensor(ImplPointer::reclaim(static_cast<Impl*>(handle))));
    return found;
  }

  void release_variables() override { forget(context, false); }

  Backward backward;
  Forget forget;
  void* context;
  bool materialize;
};

}  // namespace

// Makes outputs, computed without a graph, the results of a function of inputs.
EXPORT bool shim_function(
    void* const* inputs, int32_t inputs_count, void* const* outputs, int32_t outputs_count, Backward backward, Forget forget, void* context,
    bool materialize) {
  return guarded([&] {
    std::shared_ptr<ManagedNode> node(new ManagedNode(backward, forget, context, materialize), torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(borrow_all(inputs, inputs_count)));
    for (at::Tensor& output : borrow_all(outputs, outputs_count)) torch::autograd::set_history(output, node);
  });
}

// Another handle of the same tensor.
EXPORT void* shim_tensor_again(void* tensor) { return release(borrow(tensor)); }
