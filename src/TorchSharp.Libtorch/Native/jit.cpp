// TorchScript: modules that torch.jit.save wrote. A unit of its own, for its headers are large.
#include "shim.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>

using Script = torch::jit::Module;

namespace {

c10::Device device(int32_t type, int32_t index) {
  return {static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index)};
}

} // namespace

// From the file, or from bytes where it is null. The caller owns the module; null where it cannot be loaded.
EXPORT Script* shim_script_load(const char* file, const char* bytes, int64_t count, int32_t device_type, int32_t device_index) {
  Script* result = nullptr;
  guarded([&] {
    const auto where = device(device_type, device_index);
    if (file != nullptr) {
      result = new Script(torch::jit::load(std::string(file), where));
    } else {
      std::istringstream stream(std::string(bytes, static_cast<size_t>(count)));
      result = new Script(torch::jit::load(stream, where));
    }
  });
  return result;
}

EXPORT void shim_script_release(Script* script) {
  guarded([&] { delete script; });
}

// forward(tensors), which must be a tensor.
// An input is a tensor, or 1 or 0 for a truth value.
EXPORT bool shim_script_forward(Script* script, void* const* inputs, const bool* are_tensors, int32_t count, void** result) {
  return guarded([&] {
    std::vector<c10::IValue> values;
    for (int32_t i = 0; i < count; i++) {
      if (are_tensors[i]) values.emplace_back(borrow(inputs[i]));
      else values.emplace_back(inputs[i] != nullptr);
    }
    auto value = script->forward(std::move(values));
    TORCH_CHECK(value.isTensor(), "forward returned ", value.tagKind(), ", not a tensor");
    *result = release(std::move(value).toTensor());
  });
}

// A negative device type or element type stays as it is.
EXPORT bool shim_script_move(Script* script, int32_t device_type, int32_t device_index, int32_t dtype, bool non_blocking) {
  return guarded([&] {
    if (device_type >= 0) script->to(device(device_type, device_index), non_blocking);
    if (dtype >= 0) script->to(static_cast<at::ScalarType>(dtype), non_blocking);
  });
}

EXPORT bool shim_script_train(Script* script, bool on) {
  return guarded([&] { script->train(on); });
}

EXPORT bool shim_script_training(Script* script) {
  bool result = false;
  guarded([&] { result = script->is_training(); });
  return result;
}
