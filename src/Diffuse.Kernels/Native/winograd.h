// Winograd's convolution of 3x3 (winograd.inc): what every arithmetic shares, and which there is on this processor.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cstdint>
#include <tuple>

#include "tensors.h"

namespace winograd {

using at::Tensor;

constexpr int kPositions = 16;
constexpr int64_t kTiles = 24, kWords = 128;  // at once: what is transformed stays in the cache
constexpr int64_t kMostSums = 1 << 26;        // numbers in the threads' sums of a weight's gradient, at most

inline int64_t divided(int64_t n, int64_t by) { return (n + by - 1) / by; }

// Memory of a thread that holds, for each position, rows of channels; positions lie a little apart, so that they do not fall on the same lines of the cache.
template <typename T>
struct Positions {
  int64_t channels, stride;
  Tensor memory;
  T* first;

  Positions(int64_t rows, int64_t channels)
      : channels(channels), stride(rows * channels + 64 / sizeof(T)), memory(at::empty({static_cast<int64_t>(kPositions * stride * sizeof(T))}, at::kByte)),
        first(elements<T>(memory)) {}

  T* at(int64_t position, int64_t row = 0) const { return first + position * stride + row * channels; }
};

// The tiles of all images [N, C, H, W], which lie channels-last.
struct Grid {
  int64_t height, width, down, across, tiles;

  explicit Grid(const Tensor& x) : height(x.size(2)), width(x.size(3)), down((height + 1) / 2), across((width + 1) / 2), tiles(x.size(0) * down * across) {}

  // SIZE x SIZE pixels of a tile, from `border` pixels before it; `outside` for those that are not in its image.
  template <int SIZE, typename T>
  std::array<T*, SIZE * SIZE> pixels(T* images, int64_t channels, int64_t tile, int64_t border, T* outside) const {
    std::array<T*, SIZE * SIZE> result;
    int64_t image = tile / (down * across), top = tile / across % down * 2 - border, left = tile % across * 2 - border;
    for (int64_t i = 0; i < SIZE * SIZE; i++) {
      int64_t y = top + i / SIZE, x = left + i % SIZE;
      bool inside = tile < tiles && y >= 0 && y < height && x >= 0 && x < width;
      result[i] = inside ? images + ((image * height + y) * width + x) * channels : outside;
    }
    return result;
  }
};

// Kernels [out, in, 3, 3], or as the gradient sees them: [in, out, 3, 3], turned by 180 degrees.
struct Kernels {
  int64_t in, out, per_in, per_out;
  bool turned;

  Kernels(const Tensor& weight, bool turned) : in(weight.size(turned ? 0 : 1)), out(weight.size(turned ? 1 : 0)), turned(turned) {
    per_in = turned ? 9 * out : 9, per_out = turned ? 9 : 9 * in;
  }

  template <typename T>
  T* of(T* weight, int64_t c, int64_t k, int element) const {
    return weight + c * per_in + k * per_out + element;
  }
};

// What there is for an instruction set and a type of numbers.
struct Algorithm {
  Tensor (*convolve)(const Tensor& x, const Tensor& weight, const float* bias, bool turned);
  std::tuple<Tensor, Tensor> (*weight_gradient)(const Tensor& x, const Tensor& dy, const Tensor& weight);
};

// The quickest on this processor; null where libtorch's is quicker or the only one.
const Algorithm* algorithm(at::ScalarType type);

}  // namespace winograd
