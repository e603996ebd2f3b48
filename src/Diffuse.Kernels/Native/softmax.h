// The softmax of attention and its gradient, row by row in float32, of logits in float32 or bf16.
#pragma once

#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "vectorized.h"

namespace {

constexpr int64_t kLanes = 16;  // partial sums, so that the compiler may work on several at once

VECTORIZED float largest(const float* __restrict x, int64_t n) {
  float lane[kLanes];
  for (int64_t l = 0; l < kLanes; l++) lane[l] = -INFINITY;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; l++) lane[l] = lane[l] > x[i + l] ? lane[l] : x[i + l];
  float most = -INFINITY;
  for (int64_t l = 0; l < kLanes; l++) most = lane[l] > most ? lane[l] : most;
  for (; i < n; i++) most = x[i] > most ? x[i] : most;
  return most;
}

// x = e^(x - shift), and its sum.
VECTORIZED float exponentials(float* __restrict x, int64_t n, float shift) {
  float lane[kLanes] = {}, sum = 0;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; l++) {
      x[i + l] = exponential(x[i + l] - shift);
      lane[l] += x[i + l];
    }
  for (; i < n; i++) sum += x[i] = exponential(x[i] - shift);
  for (int64_t l = 0; l < kLanes; l++) sum += lane[l];
  return sum;
}

template <typename T>
INLINE float dot_of(const T* __restrict a, const T* __restrict b, int64_t n) {
  float lane[kLanes] = {}, sum = 0;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; l++) lane[l] += load(a[i + l]) * load(b[i + l]);
  for (; i < n; i++) sum += load(a[i]) * load(b[i]);
  for (int64_t l = 0; l < kLanes; l++) sum += lane[l];
  return sum;
}

// target_clones wants functions, not templates.
#define LOOPS(T)                                                                                                             \
  VECTORIZED void scaled(const T* __restrict x, float* __restrict to, int64_t n, float factor) {                             \
    for (int64_t i = 0; i < n; i++) to[i] = load(x[i]) * factor;                                                             \
  }                                                                                                                          \
  VECTORIZED void rounded(const float* __restrict x, T* __restrict to, int64_t n, float factor) {                            \
    for (int64_t i = 0; i < n; i++) store(to[i], x[i] * factor);                                                             \
  }                                                                                                                          \
  VECTORIZED void softmax_gradient(T* __restrict dp, const T* __restrict p, int64_t n, float row, float scale) {             \
    for (int64_t i = 0; i < n; i++) store(dp[i], load(p[i]) * (load(dp[i]) - row) * scale);                                  \
  }                                                                                                                          \
  VECTORIZED void add(float* __restrict x, const T* __restrict y, int64_t n) {                                               \
    for (int64_t i = 0; i < n; i++) x[i] += load(y[i]);                                                                      \
  }                                                                                                                          \
  VECTORIZED float dot(const T* a, const T* b, int64_t n) { return dot_of(a, b, n); }
LOOPS(uint16_t)
LOOPS(float)

// The softmax of logits [group, rows, keys] in their place; sums [group, rows] takes the logarithm of each row's sum, or gives it where it is known.
template <typename T>
void softmax(const at::Tensor& logits, const float* bias, double scale, float* sums, bool known) {
  int64_t rows = logits.size(0) * logits.size(1), keys = logits.size(2);
  T* row = static_cast<T*>(logits.data_ptr());
  std::vector<float> wide(keys);
  for (int64_t i = 0; i < rows; i++, row += keys) {
    scaled(row, wide.data(), keys, static_cast<float>(scale));
    if (bias != nullptr) add(wide.data(), bias, keys);
    float shift = known ? sums[i] : largest(wide.data(), keys), total = exponentials(wide.data(), keys, shift);
    rounded(wide.data(), row, keys, known ? 1.0f : 1.0f / total);
    if (!known) sums[i] = shift + std::log(total);
  }
}

// dS of dP, in its place.
template <typename T>
void softmax_gradient(const at::Tensor& dp, const at::Tensor& p, const at::Tensor& out, const at::Tensor& dout, double scale) {
  int64_t rows = dp.size(0) * dp.size(1), keys = dp.size(2), size = out.size(2);
  const T *y = static_cast<T*>(out.data_ptr()), *dy = static_cast<T*>(dout.data_ptr()), *probability = static_cast<T*>(p.data_ptr());
  T* slope = static_cast<T*>(dp.data_ptr());
  for (int64_t i = 0; i < rows; i++)
    softmax_gradient(slope + i * keys, probability + i * keys, keys, dot(y + i * size, dy + i * size, size), static_cast<float>(scale));
}

}  // namespace
