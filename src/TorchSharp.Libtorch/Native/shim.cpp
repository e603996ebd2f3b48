// A flat C interface to libtorch, small on purpose: one boxed entry for every operator that libtorch registers, and what
// is not an operator (handles, autograd, generators, switches of the process).
// shim.h tells who owns what and how errors leave.
#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

enum class Tag : int32_t {
  None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Generator, Device, Default, Complex
};

// One argument or result. For lists `pointer` is the first element and `count` their number; a list of tensors that comes back
// was allocated by shim_call and is freed by shim_free. A device carries its type in `count` and its index in `integer`.
struct Value {
  Tag tag;
  int32_t count;
  union {
    int64_t integer;
    double real;
    void* pointer;
  };
};
static_assert(sizeof(Value) == 16, "Value is shared with C#");

at::Generator borrow_generator(void* handle) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(handle)));
}

// What an integer becomes where the schema wants a float, or a list of integers and one stands for all.
enum class Widening : uint8_t { None, Real, List };

// An operator with its schema, and how each argument takes an integer.
struct Operator {
  c10::OperatorHandle handle;
  const c10::FunctionSchema* schema;
  std::vector<Widening> widening;
};

Widening widening(const c10::TypePtr& type) {
  if (auto optional = type->cast<c10::OptionalType>()) return widening(optional->getElementType());
  if (type->kind() == c10::TypeKind::FloatType) return Widening::Real;
  return type->kind() == c10::TypeKind::ListType ? Widening::List : Widening::None;
}

c10::IValue widen(int64_t value, Widening to) {
  if (to == Widening::Real) return static_cast<double>(value);
  if (to == Widening::List) return c10::List<int64_t>({value});
  return value;
}

c10::IValue to_ivalue(const Value& v, const Operator& op, size_t i) {
  switch (v.tag) {
    case Tag::None: return {};
    case Tag::Tensor: return borrow(v.pointer);
    case Tag::Int: return widen(v.integer, op.widening[i]);
    case Tag::Double: return v.real;
    case Tag::Bool: return v.integer != 0;
    case Tag::IntList: return c10::List<int64_t>(c10::ArrayRef<int64_t>(static_cast<int64_t*>(v.pointer), v.count));
    case Tag::DoubleList: return c10::List<double>(c10::ArrayRef<double>(static_cast<double*>(v.pointer), v.count));
    case Tag::TensorList: {
      c10::List<at::Tensor> list;
      list.reserve(v.count);
      for (int32_t k = 0; k < v.count; k++) list.push_back(borrow(static_cast<void**>(v.pointer)[k]));
      return list;
    }
    case Tag::OptionalTensorList: {
      c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
      list.reserve(v.count);
      for (int32_t k = 0; k < v.count; k++) {
        void* handle = static_cast<void**>(v.pointer)[k];
        list.push_back(handle == nullptr ? c10::IValue() : c10::IValue(borrow(handle)));
      }
      return list;
    }
    case Tag::String: return std::string(static_cast<const char*>(v.pointer), v.count);
    case Tag::Generator: return borrow_generator(v.pointer);
    case Tag::Device: return c10::Device(static_cast<c10::DeviceType>(v.count), static_cast<c10::DeviceIndex>(v.integer));
    case Tag::Complex: {
      const double* parts = static_cast<const double*>(v.pointer);
      return c10::complex<double>(parts[0], parts[1]);
    }
    case Tag::Default: break;
  }
  TORCH_CHECK(op.schema->arguments()[i].default_value().has_value(), op.schema->name(), ": argument ", i, " has no default");
  return *op.schema->arguments()[i].default_value();
}

Value to_value(c10::IValue&& v) {
  Value result{};
  if (v.isTensor()) {
    result.tag = Tag::Tensor;
    result.pointer = release(std::move(v).toTensor());
  } else if (v.isTensorList()) {
    auto list = std::move(v).toTensorVector();
    result.tag = Tag::TensorList;
    result.count = static_cast<int32_t>(list.size());
    auto** handles = static_cast<void**>(std::malloc(sizeof(void*) * (list.empty() ? 1 : list.size())));
    for (size_t i = 0; i < list.size(); i++) handles[i] = release(std::move(list[i]));
    result.pointer = handles;
  } else if (v.isInt()) {
    result.tag = Tag::Int;
    result.integer = v.toInt();
  } else if (v.isDouble()) {
    result.tag = Tag::Double;
    result.real = v.toDouble();
  } else if (v.isBool()) {
    result.tag = Tag::Bool;
    result.integer = v.toBool();
  } else {
    TORCH_CHECK(v.isNone(), "unsupported result of type ", v.tagKind());
  }
  return result;
}

} // namespace

EXPORT const char* shim_last_error() { return last_error.c_str(); }
EXPORT void shim_free(void* memory) { std::free(memory); }
EXPORT int32_t shim_version() { return TORCH_VERSION_MAJOR * 1000 + TORCH_VERSION_MINOR; }

// ---- operators ---------------------------------------------------------------------------------------------------------------

// Looks an operator up by name ("aten::add") and overload ("Tensor"); null when this libtorch has none.
EXPORT Operator* shim_operator(const char* name, const char* overload) {
  Operator* result = nullptr;
  guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    const auto* schema = &handle.schema();
    std::vector<Widening> widenings;
    for (const auto& argument : schema->arguments()) widenings.push_back(widening(argument.type()));
    result = new Operator{handle, schema, std::move(widenings)};
  });
  return result;
}

// Calls an operator with its leading arguments; the rest take the schema's defaults. Writes up to `capacity` results.
EXPORT bool shim_call(Operator* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
  return guarded([&] {
    const auto total = op->schema->arguments().size();
    TORCH_CHECK(static_cast<size_t>(count) <= total, op->schema->name(), " takes ", total, " arguments, not ", count);
    std::vector<c10::IValue> stack;
    stack.reserve(total);
    for (size_t i = 0; i < total; i++) {
      static const Value by_default{Tag::Default, 0, {0}};
      stack.push_back(to_ivalue(i < static_cast<size_t>(count) ? arguments[i] : by_default, *op, i));
    }
    op->handle.callBoxed(&stack);
    for (size_t i = 0; i < stack.size() && i < static_cast<size_t>(capacity); i++) results[i] = to_value(std::move(stack[i]));
  });
}

// ---- tensors -----------------------------------------------------------------------------------------------------------------

EXPORT void shim_tensor_release(void* tensor) {
  guarded([&] { ImplPointer::reclaim(static_cast<Impl*>(tensor)); });
}

EXPORT int64_t shim_tensor_dim(Impl* tensor) { return tensor->dim(); }
EXPORT int64_t shim_tensor_numel(Impl* tensor) { return tensor->numel(); }
EXPORT int32_t shim_tensor_dtype(Impl* tensor) { return static_cast<int32_t>(c10::typeMetaToScalarType(tensor->dtype())); }
EXPORT bool shim_tensor_is_contiguous(Impl* tensor) { return tensor->is_contiguous(); }
EXPORT bool shim_tensor_is_sparse(Impl* tensor) { return tensor->is_sparse(); }
EXPORT bool shim_tensor_is_inference(Impl* tensor) { return tensor->is_inference(); }

EXPORT int32_t shim_tensor_device(Impl* tensor, int32_t* index) {
  const auto device = tensor->device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}

EXPORT void shim_tensor_sizes(Impl* tensor, int64_t* sizes) {
  const auto from = tensor->sizes();
  std::copy(from.begin(), from.end(), sizes);
}

EXPORT bool shim_tensor_strides(Impl* tensor, int64_t* strides) {
  return guarded([&] {
    const auto from = tensor->strides();
    std::copy(from.begin(), from.end(), strides);
  });
}

EXPORT int64_t shim_tensor_storage_offset(Impl* tensor) { return tensor->storage_offset(); }

// The first element's address: host memory for a CPU tensor. Null for an empty tensor.
EXPORT bool shim_tensor_data(void* tensor, void** data) {
  return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

EXPORT bool shim_tensor_requires_grad(Impl* tensor) { return tensor->requires_grad(); }
EXPORT bool shim_tensor_set_requires_grad(void* tensor, bool value) {
  return guarded([&] { borrow(tensor).requires_grad_(value); });
}
EXPORT bool shim_tensor_is_leaf(void* tensor, bool* leaf) {
  return guarded([&] { *leaf = borrow(tensor).is_leaf(); });
}
EXPORT bool shim_tensor_retain_grad(void* tensor) {
  return guarded([&] { borrow(tensor).retain_grad(); });
}
EXPORT bool shim_tensor_grad(void* tensor, void** grad) {
  return guarded([&] { *grad = release(at::Tensor(borrow(tensor).grad())); });
}
EXPORT bool shim_tensor_set_grad(void* tensor, void* grad) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad); });
}

// A view on memory that the caller owns; `deleter(context)` is called once, when the last reference goes, on whatever thread.
EXPORT bool shim_tensor_from_blob(
    void* data, const int64_t* sizes, int32_t dim, int32_t dtype, void (*deleter)(void*), void* context, void** tensor) {
  return guarded([&] {
    const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
    *tensor = release(at::from_blob(
        data, at::IntArrayRef(sizes, dim), [deleter, context](void*) { deleter(context); }, options));
  });
}

// ---- autograd ----------------------------------------------------------------------------------------------------------------

// retain: 1 yes, 0 no, -1 as create_graph. No grads: ones for scalars.
EXPORT bool shim_backward(
    void* const* tensors, int32_t count, void* const* grads, int32_t grads_count, int32_t retain, bool create_graph,
    void* const* inputs, int32_t inputs_count) {
  return guarded([&] {
    torch::autograd::backward(
        borrow_all(tensors, count), borrow_all(grads, grads_count), retain < 0 ? create_graph : retain != 0, create_graph,
        borrow_all(inputs, inputs_count));
  });
}

// Fills results[inputs_count]; null where an unused input has no gradient.
EXPORT bool shim_grad(
    void* const* outputs, int32_t count, void* const* inputs, int32_t inputs_count, void* const* grads, int32_t grads_count,
    bool retain, bool create_graph, bool allow_unused, void** results) {
  return guarded([&] {
    auto found = torch::autograd::grad(
        borrow_all(outputs, count), borrow_all(inputs, inputs_count), borrow_all(grads, grads_count), retain, create_graph,
        allow_unused);
    for (size_t i = 0; i < found.size(); i++) results[i] = release(std::move(found[i]));
  });
}

EXPORT bool shim_grad_mode() { return c10::GradMode::is_enabled(); }
EXPORT void shim_set_grad_mode(bool enabled) { c10::GradMode::set_enabled(enabled); }
EXPORT bool shim_inference_mode() { return c10::InferenceMode::is_enabled(); }
EXPORT c10::InferenceMode* shim_inference_enter(bool enabled) { return new c10::InferenceMode(enabled); }
EXPORT void shim_inference_leave(c10::InferenceMode* guard) { delete guard; }
EXPORT bool shim_anomaly_enabled() { return torch::autograd::AnomalyMode::is_enabled(); }
EXPORT bool shim_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan(); }
EXPORT void shim_set_anomaly(bool enabled, bool check_nan) { torch::autograd::AnomalyMode::set_enabled(enabled, check_nan); }

// ---- generators --------------------------------------------------------------------------------------------------------------

EXPORT void* shim_generator_default() {
  void* result = nullptr;
  guarded([&] {
    at::Generator generator = at::globalContext().defaultGenerator(at::kCPU);
    result = generator.unsafeReleaseGeneratorImpl();
  });
  return result;
}

EXPORT void* shim_generator_new(uint64_t seed, int32_t device_type, int32_t device_index) {
  void* result = nullptr;
  guarded([&] {
    at::Generator generator;
    if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU) {
      generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    } else {
      const auto index = static_cast<c10::DeviceIndex>(device_index < 0 ? 0 : device_index);
      const c10::Device device(static_cast<c10::DeviceType>(device_type), index);
      generator = at::globalContext().defaultGenerator(device).clone();
      generator.set_current_seed(seed);
    }
    result = generator.unsafeReleaseGeneratorImpl();
  });
  return result;
}

EXPORT void shim_generator_release(c10::GeneratorImpl* generator) {
  guarded([&] { c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(generator); });
}
EXPORT bool shim_generator_set_seed(void* generator, uint64_t seed) {
  return guarded([&] { borrow_generator(generator).set_current_seed(seed); });
}
EXPORT bool shim_generator_current_seed(void* generator, uint64_t* seed) {
  return guarded([&] { *seed = borrow_generator(generator).current_seed(); });
}
EXPORT bool shim_generator_new_seed(void* generator, uint64_t* seed) {
  return guarded([&] { *seed = borrow_generator(generator).seed(); });
}
EXPORT bool shim_generator_state(void* generator, void** state) {
  return guarded([&] { *state = release(borrow_generator(generator).get_state()); });
}
EXPORT bool shim_generator_set_state(void* generator, void* state) {
  return guarded([&] { borrow_generator(generator).set_state(borrow(state)); });
}
EXPORT bool shim_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// ---- the process -------------------------------------------------------------------------------------------------------------

EXPORT int32_t shim_num_threads() { return at::get_num_threads(); }
EXPORT bool shim_set_num_threads(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}
EXPORT int32_t shim_num_interop_threads() { return at::get_num_interop_threads(); }
EXPORT bool shim_set_num_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

EXPORT bool shim_cuda_available() {
  bool result = false;
  guarded([&] { result = torch::cuda::is_available(); });
  return result;
}
EXPORT bool shim_cudnn_available() {
  bool result = false;
  guarded([&] { result = torch::cuda::cudnn_is_available(); });
  return result;
}
EXPORT int32_t shim_cuda_count() {
  int32_t result = 0;
  guarded([&] { result = static_cast<int32_t>(torch::cuda::device_count()); });
  return result;
}
EXPORT bool shim_cuda_synchronize(int64_t device) {
  return guarded([&] { torch::cuda::synchronize(device); });
}
EXPORT bool shim_cuda_manual_seed(uint64_t seed, bool all) {
  return guarded([&] { all ? torch::cuda::manual_seed_all(seed) : torch::cuda::manual_seed(seed); });
}

// A flag, or from 2.9 on an enumeration whose first value allows.
static bool allowed(bool flag) { return flag; }
template <typename Option>
static bool allowed(Option option) {
  return static_cast<int>(option) == 0;
}

// Switches by number, the order of C#'s enum Switch.
EXPORT bool shim_switch(int32_t which, bool* value) {
  return guarded([&] {
    auto& context = at::globalContext();
    switch (which) {
      case 0: *value = context.allowTF32CuBLAS(); break;
      case 1: *value = context.allowTF32CuDNN(); break;
      case 2: *value = context.userEnabledFlashSDP(); break;
      case 3: *value = context.userEnabledMathSDP(); break;
      case 4: *value = allowed(context.allowFP16ReductionCuBLAS()); break;
      default: TORCH_CHECK(false, "no switch ", which);
    }
  });
}

EXPORT bool shim_set_switch(int32_t which, bool value) {
  return guarded([&] {
    auto& context = at::globalContext();
    switch (which) {
      case 0: context.setAllowTF32CuBLAS(value); break;
      case 1: context.setAllowTF32CuDNN(value); break;
      case 2: context.setSDPUseFlash(value); break;
      case 3: context.setSDPUseMath(value); break;
      case 4: context.setAllowFP16ReductionCuBLAS(value); break;
      default: TORCH_CHECK(false, "no switch ", which);
    }
  });
}
