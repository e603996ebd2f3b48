#pragma once

#include <ATen/core/Tensor.h>

// Of a contiguous tensor, or of one whose order is known; bf16 by its bits.
template <typename T>
T* elements(const at::Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}
