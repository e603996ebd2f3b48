// diffuse::convolution3x3: a convolution of 3x3 with a border of one zero, bf16 on the CPU, by tiles that are transformed (winograd.h): on a processor whose bf16
// instructions are AVX512's it takes about 0.6 times as long as the direct convolution. It rounds the transformed input and kernel to bf16 too, and so errs about
// twice as much. Weight and bias may be float32; they are rounded to bf16 first, but their gradients are not.
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

#include <array>
#include <tuple>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>

#include "winograd.h"

namespace {

using at::Tensor;
using namespace winograd;

constexpr int64_t kTiles = 24, kPairs = 128;  // at once: what is transformed stays in the cache

// Memory of a thread that holds, for each position, rows of channels; positions lie a little apart, so that they do not fall on the same lines of the cache.
template <typename T>
struct Positions {
  int64_t channels, stride;
  Tensor memory;
  T* first;

  Positions(int64_t rows, int64_t channels)
      : channels(channels), stride(rows * channels + 64 / sizeof(T)), memory(at::empty({static_cast<int64_t>(kPositions * stride * sizeof(T))}, at::kByte)),
        first(static_cast<T*>(memory.data_ptr())) {}

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

uint16_t* bits(const Tensor& t) { return static_cast<uint16_t*>(t.data_ptr()); }

template <typename M, size_t N>
BF16_INLINE void transform_pixels(const std::array<const uint16_t*, N>& pixels, int64_t c, __m512* v) {
  __m512 d[N];
  for (size_t i = 0; i < N; i++) d[i] = load(pixels[i] + c);
  transform<M>(d, v);
}

BF16 void transform_input(const Grid& grid, const uint16_t* x, int64_t first, int64_t count, const uint16_t* zeros, const Positions<uint16_t>& v) {
  for (int64_t t = 0; t < count; t++) {
    auto pixels = grid.pixels<4>(x, v.channels, first + t, 1, zeros);
    for (int64_t c = 0; c < v.channels; c += kLanes) {
      __m512 tile[kPositions];
      transform_pixels<Input>(pixels, c, tile);
      for (int p = 0; p < kPositions; p++) store(v.at(p, t) + c, tile[p]);
    }
  }
}

BF16 void transform_output(const Grid& grid, const Positions<float>& m, const float* bias, int64_t first, int64_t count, uint16_t* y, uint16_t* outside) {
  for (int64_t t = 0; t < count; t++) {
    auto pixels = grid.pixels<2>(y, m.channels, first + t, 0, outside);
    for (int64_t k = 0; k < m.channels; k += kLanes) {
      __m512 products[kPositions], tile[4], offset = bias ? _mm512_loadu_ps(bias + k) : _mm512_setzero_ps();
      for (int p = 0; p < kPositions; p++) products[p] = _mm512_loadu_ps(m.at(p, t) + k);
      transform<Output>(products, tile);
      for (int i = 0; i < 4; i++) store(pixels[i] + k, tile[i] + offset);
    }
  }
}

// Tiles 2t and 2t + 1 beside each other in words, for products that sum over tiles.
template <typename M>
BF16 void transform_pairs(const Grid& grid, const uint16_t* x, int64_t first, int64_t count, const uint16_t* zeros, const Positions<uint32_t>& v, float* sums) {
  for (int64_t t = 0; t < count; t++) {
    auto pixels = [&](int64_t tile) { return grid.pixels<M::from>(x, v.channels, tile, M::from == 4 ? 1 : 0, zeros); };
    auto even = pixels(2 * (first + t)), odd = pixels(2 * (first + t) + 1);
    for (int64_t c = 0; c < v.channels; c += kLanes) {
      __m512 a[kPositions], b[kPositions];
      transform_pixels<M>(even, c, a);
      transform_pixels<M>(odd, c, b);
      for (int p = 0; p < kPositions; p++) store_pairs(v.at(p, t) + c, a[p], b[p]);
      // A dy A^T has the sum of dy in its second row and column.
      if (sums) _mm512_storeu_ps(sums + c, _mm512_loadu_ps(sums + c) + a[5] + b[5]);
    }
  }
}

// Kernels [out, in, 3, 3], or seen from the gradient: [in, out, 3, 3], turned by 180 degrees.
struct Kernels {
  int64_t in, out, per_in, per_out;
  bool turned;

  Kernels(const Tensor& weight, bool turned) : in(weight.size(turned ? 0 : 1)), out(weight.size(turned ? 1 : 0)), turned(turned) {
    per_in = turned ? 9 * out : 9, per_out = turned ? 9 : 9 * in;
  }

  BF16_INLINE __m512i lanes() const {
    return _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(static_cast<int>(per_out)));
  }

  // G g G^T for 16 channels of output, g in bf16.
  BF16_INLINE void transformed(const float* weight, int64_t c, int64_t k, __m512* u) const {
    __m512 g[9];
    for (int i = 0; i < 9; i++) g[i] = rounded(_mm512_i32gather_ps(lanes(), weight + c * per_in + k * per_out + (turned ? 8 - i : i), 4));
    transform<Kernel>(g, u);
  }

  // u [16, in / 2, out] words, for input channels 2 * begin to 2 * end.
  BF16 void transform_weight(const float* weight, int64_t begin, int64_t end, uint32_t* u) const {
    for (int64_t pair = begin; pair < end; pair++)
      for (int64_t k = 0; k < out; k += kLanes) {
        __m512 even[kPositions], odd[kPositions];
        transformed(weight, 2 * pair, k, even);
        transformed(weight, 2 * pair + 1, k, odd);
        for (int p = 0; p < kPositions; p++) store_pairs(u + (p * in / 2 + pair) * out + k, even[p], odd[p]);
      }
  }

  // From u [16, in, out].
  BF16 void transform_gradient(const float* u, int64_t begin, int64_t end, float* gradient) const {
    for (int64_t c = begin; c < end; c++)
      for (int64_t k = 0; k < out; k += kLanes) {
        __m512 m[kPositions], g[9];
        for (int p = 0; p < kPositions; p++) m[p] = _mm512_loadu_ps(u + (p * in + c) * out + k);
        transform<KernelGradient>(m, g);
        for (int i = 0; i < 9; i++) _mm512_i32scatter_ps(gradient + c * per_in + k * per_out + i, lanes(), g[i], 4);
      }
  }
};

// y of x, or dx of dy where the kernels are turned. weight: contiguous float32.
Tensor convolve(const Tensor& x, const Tensor& weight, const float* bias, bool turned) {
  Grid grid(x);
  Kernels kernels(weight, turned);
  int64_t in = kernels.in, out = kernels.out;
  Tensor y = at::empty({x.size(0), out, x.size(2), x.size(3)}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  Tensor transformed = at::empty({kPositions, in / 2, out}, weight.options().dtype(at::kInt));
  uint32_t* u = static_cast<uint32_t*>(transformed.data_ptr());
  at::parallel_for(0, in / 2, 1, [&](int64_t begin, int64_t end) { kernels.transform_weight(weight.data_ptr<float>(), begin, end, u); });
  at::parallel_for(0, (grid.tiles + kTiles - 1) / kTiles, 1, [&](int64_t begin, int64_t end) {
    Positions<uint16_t> v(kTiles, in);
    Positions<float> m(kTiles, out);
    std::vector<uint16_t> zeros(in), outside(out);
    for (int64_t first = begin * kTiles; first < std::min(end * kTiles, grid.tiles); first += kTiles) {
      int64_t count = std::min(kTiles, grid.tiles - first);
      transform_input(grid, bits(x), first, count, zeros.data(), v);
      for (int64_t p = 0; p < kPositions; p++)
        Product{reinterpret_cast<uint32_t*>(v.at(p)), in / 2, 1, u + p * in / 2 * out, in / 2, out, count, m.at(p), false}.run();
      transform_output(grid, m, bias, first, count, bits(y), outside.data());
    }
  });
  return y;
}

// The gradients of weight and bias, in float32.
std::tuple<Tensor, Tensor> weight_gradient(const Tensor& x, const Tensor& dy, const Tensor& weight) {
  Grid grid(x);
  Kernels kernels(weight, false);
  int64_t in = kernels.in, out = kernels.out, size = kPositions * in * out, all = (grid.tiles + 1) / 2;
  int64_t shares = std::min<int64_t>(at::get_num_threads(), std::max<int64_t>((1 << 26) / size, 1)), share = (all + shares - 1) / shares;
  auto options = weight.options().dtype(at::kFloat);
  Tensor sums = at::zeros({shares, size}, options), offsets = at::zeros({shares, out}, options), gradient = at::empty(weight.sizes(), options);
  at::parallel_for(0, shares, 1, [&](int64_t begin, int64_t end) {
    Positions<uint32_t> v(kPairs, in), m(kPairs, out);
    std::vector<uint16_t> zeros(std::max(in, out));
    for (int64_t i = begin; i < end; i++) {
      float *sum = sums.data_ptr<float>() + i * size, *offset = offsets.data_ptr<float>() + i * out;
      for (int64_t first = i * share, last = std::min(first + share, all); first < last; first += kPairs) {
        int64_t count = std::min(kPairs, last - first);
        transform_pairs<Input>(grid, bits(x), first, count, zeros.data(), v, nullptr);
        transform_pairs<OutputGradient>(grid, bits(dy), first, count, zeros.data(), m, offset);
        for (int64_t p = 0; p < kPositions; p++) Product{v.at(p), 1, in, m.at(p), count, out, in, sum + p * in * out, true}.run();
      }
    }
  });
  Tensor total = sums.sum(0);
  at::parallel_for(0, in, 1, [&](int64_t begin, int64_t end) { kernels.transform_gradient(total.data_ptr<float>(), begin, end, gradient.data_ptr<float>()); });
  return {gradient, offsets.sum(0)};
}

Tensor plain(const Tensor& t) { return t.to(at::kFloat).contiguous(); }

struct Convolution3x3 : torch::autograd::Function<Convolution3x3> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    TORCH_CHECK(x.dim() == 4 && x.scalar_type() == at::kBFloat16 && x.device().is_cpu(), "convolution3x3: x must be [N, C, H, W] in bf16 on the CPU");
    TORCH_CHECK(weight.dim() == 4 && weight.size(1) == x.size(1) && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(0) % kLanes == 0 && weight.size(1) % kLanes == 0,
                "convolution3x3: weight must be [K, C, 3, 3], K and C multiples of ", kLanes);
    TORCH_CHECK(bias.dim() == 1 && bias.size(0) == weight.size(0), "convolution3x3: bias must be [K]");
    context->save_for_backward({x, weight, bias});
    return convolve(x.contiguous(at::MemoryFormat::ChannelsLast), plain(weight), plain(bias.to(x.scalar_type())).data_ptr<float>(), false);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list grads) {
    auto saved = context->get_saved_variables();
    Tensor x = saved[0], weight = saved[1], bias = saved[2];
    bool input = context->needs_input_grad(0), parameters = context->needs_input_grad(1) || context->needs_input_grad(2);
    if (at::GradMode::is_enabled()) {
      auto [dx, dweight, dbias] = at::convolution_backward(grads[0], x, weight.to(x.scalar_type()), bias.sizes(), {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1, {input, parameters, parameters});
      return {dx, dweight, dbias};
    }
    Tensor dy = grads[0].contiguous(at::MemoryFormat::ChannelsLast), dx, dweight, dbias;
    if (input) dx = convolve(dy, plain(weight), nullptr, true);
    if (parameters) std::tie(dweight, dbias) = weight_gradient(x.contiguous(at::MemoryFormat::ChannelsLast), dy, weight);
    return {dx, dweight, dbias};
  }
};

Tensor convolution3x3(const Tensor& x, const Tensor& weight, const Tensor& bias) { return Convolution3x3::apply(x, weight, bias); }

// With AMX the direct convolution has 16 times the multiplications that AVX512-BF16 has.
bool is_quicker() {
  unsigned a, b, c, d;
  constexpr unsigned amx_bf16 = 1u << 22;
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __get_cpuid_count(7, 0, &a, &b, &c, &d) && !(d & amx_bf16);
}

}  // namespace

#else

namespace {

at::Tensor convolution3x3(const at::Tensor&, const at::Tensor&, const at::Tensor&) { TORCH_CHECK(false, "convolution3x3: not compiled for this processor"); }

bool is_quicker() { return false; }

}  // namespace

#endif

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def("convolution3x3(Tensor x, Tensor weight, Tensor bias) -> Tensor", &convolution3x3);
  library.def("convolution3x3_is_quicker() -> bool", &is_quicker);
}
