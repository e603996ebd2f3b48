// diffuse::convolution3x3: a convolution of 3x3 with a border of one zero, bf16 or float32 on the CPU, by tiles that are transformed (winograd.inc): it takes about
// 0.6 times as long as the direct convolution. In bf16 the transformed input and kernel are rounded too, so it errs about twice as much. Weight and bias of a bf16
// convolution may be float32; they are rounded to bf16 first, but their gradients are not.
// Tiles are cut among threads; the sums of the weights' gradient run over a thread's tiles first, so they depend on the number of threads in their last bits.
// Where the gradient is to be differentiated again, it is libtorch's own.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <vector>

#include "vectorized.h"

namespace {

using at::Tensor;

constexpr int kPositions = 16;
constexpr int64_t kTiles = 24, kWords = 128;  // at once: what is transformed stays in the cache
constexpr int64_t kMostSums = 1 << 26;        // numbers in the threads' sums of a weight's gradient, at most

int64_t divided(int64_t n, int64_t by) { return (n + by - 1) / by; }

template <typename T>
T* elements(const Tensor& t) {
  return static_cast<T*>(t.data_ptr());
}

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

}  // namespace

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <cpuid.h>
#include <immintrin.h>

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace {
namespace avx512 {

using Vector = __m512;
constexpr int kLanes = 16, kColumns = 4, kSums = 24;  // of 32 registers; the others hold a row of b and a word of a

INLINE Vector load(const float* from) { return _mm512_loadu_ps(from); }
INLINE void store(float* to, Vector v) { _mm512_storeu_ps(to, v); }

INLINE __m512i strides(int64_t stride) {
  return _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(static_cast<int>(stride)));
}
INLINE Vector gather(const float* from, int64_t stride) { return _mm512_i32gather_ps(strides(stride), from, 4); }
INLINE void scatter(float* to, int64_t stride, Vector v) { _mm512_i32scatter_ps(to, strides(stride), v, 4); }

namespace fp32 {

using Pixel = float;
using Word = float;
using Words = Vector;
constexpr int kPerWord = 1;

INLINE Vector rounded(Vector v) { return v; }
INLINE Words load_words(const Word* from) { return load(from); }
INLINE Words broadcast(Word word) { return _mm512_set1_ps(word); }
INLINE Vector multiply_add(Words a, Words b, Vector sum) { return _mm512_fmadd_ps(a, b, sum); }
INLINE void store_words(Word* to, const Vector* v) { store(to, *v); }

#include "winograd.inc"

}  // namespace fp32
}  // namespace avx512
}  // namespace
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace {
namespace avx512 {
namespace bf16 {

using Pixel = uint16_t;
using Word = uint32_t;
using Words = __m512i;
constexpr int kPerWord = 2;

INLINE Vector widen(__m256i v) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16)); }
INLINE Vector load(const Pixel* from) { return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }
INLINE void store(Pixel* to, Vector v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(v)); }
INLINE Vector rounded(Vector v) { return widen((__m256i)_mm512_cvtneps_pbh(v)); }
INLINE Words load_words(const Word* from) { return _mm512_loadu_si512(from); }
INLINE Words broadcast(Word word) { return _mm512_set1_epi32(static_cast<int>(word)); }
INLINE Vector multiply_add(Words a, Words b, Vector sum) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
// The numbers of a tile in the low halves, of the next one in the high ones.
INLINE void store_words(Word* to, const Vector* v) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(v[kPositions], v[0])));
}
using avx512::load;
using avx512::store;

#include "winograd.inc"

}  // namespace bf16
}  // namespace avx512
}  // namespace
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace {
namespace avx2 {

using Vector = __m256;
using Pixel = float;
using Word = float;
using Words = Vector;
constexpr int kLanes = 8, kPerWord = 1, kColumns = 2, kSums = 12;  // of 16 registers

INLINE Vector load(const float* from) { return _mm256_loadu_ps(from); }
INLINE void store(float* to, Vector v) { _mm256_storeu_ps(to, v); }
INLINE Vector gather(const float* from, int64_t stride) {
  return _mm256_i32gather_ps(from, _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), _mm256_set1_epi32(static_cast<int>(stride))), 4);
}
INLINE void scatter(float* to, int64_t stride, Vector v) {
  for (int i = 0; i < kLanes; i++) to[i * stride] = v[i];
}
INLINE Vector rounded(Vector v) { return v; }
INLINE Words load_words(const Word* from) { return load(from); }
INLINE Words broadcast(Word word) { return _mm256_set1_ps(word); }
INLINE Vector multiply_add(Words a, Words b, Vector sum) { return _mm256_fmadd_ps(a, b, sum); }
INLINE void store_words(Word* to, const Vector* v) { store(to, *v); }

#include "winograd.inc"

}  // namespace avx2
}  // namespace
#pragma GCC pop_options

namespace {

bool has_amx() {
  unsigned a, b, c, d;
  constexpr unsigned amx_bf16 = 1u << 22;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx_bf16);
}

// The quickest on this processor; null where libtorch's is quicker or the only one. With AMX its bf16 has 16 times the multiplications of AVX512-BF16.
const Algorithm* algorithm(at::ScalarType type) {
  static const Algorithm bf16{avx512::bf16::convolve, avx512::bf16::weight_gradient}, wide{avx512::fp32::convolve, avx512::fp32::weight_gradient},
      narrow{avx2::convolve, avx2::weight_gradient};
  static const bool has_bf16 = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                               __builtin_cpu_supports("avx512vl") && !has_amx();
  static const bool has_avx512 = __builtin_cpu_supports("avx512f"), has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (type == at::kBFloat16) return has_bf16 ? &bf16 : nullptr;
  if (type == at::kFloat) return has_avx512 ? &wide : has_avx2 ? &narrow : nullptr;
  return nullptr;
}

}  // namespace

#else

namespace {

const Algorithm* algorithm(at::ScalarType) { return nullptr; }

}  // namespace

#endif

namespace {

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
    return algorithm(x.scalar_type())->convolve(x.contiguous(at::MemoryFormat::ChannelsLast), plain(weight), offset.data_ptr<float>(), false);
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
