// What the translation units of the shim share.
//
// Ownership: a tensor handle is a TensorImpl* that owns one reference, a generator handle a GeneratorImpl* likewise; null is an
// undefined tensor. Arguments are borrowed, results are owned by the caller. No C++ exception leaves: every entry that can fail
// returns false (or null) and keeps the message in thread-local storage.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

inline thread_local std::string last_error;

// libtorch's own message, without the C++ backtrace it appends.
inline void keep_error() noexcept {
  try {
    try {
      throw;
    } catch (const c10::Error& e) {
      last_error = e.what_without_backtrace();
    } catch (const std::exception& e) {
      last_error = e.what();
    } catch (...) {
      last_error = "unknown C++ exception";
    }
  } catch (...) {
  }
}

template <typename F>
bool guarded(F&& body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    keep_error();
    return false;
  }
}

using Impl = c10::TensorImpl;
using ImplPointer = c10::intrusive_ptr<Impl, c10::UndefinedTensorImpl>;

inline at::Tensor borrow(void* handle) {
  return handle == nullptr ? at::Tensor() : at::Tensor(ImplPointer::reclaim_copy(static_cast<Impl*>(handle)));
}

inline void* release(at::Tensor&& tensor) {
  return tensor.defined() ? static_cast<void*>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}

inline std::vector<at::Tensor> borrow_all(void* const* handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}
