// diffuse::group_norm_silu: y = silu(gain * (x + add - mean_g) / std_g + bias), group statistics over (H, W, channels of the group), forward and
// backward in two passes over a channels-last activation (bf16 or float32) instead of the dozen that separate operators take.
//
// Group normalization: Wu & He 2018, equation 1. With xhat = (x + add - mean) rstd, z = gain xhat + bias, y = z s(z), s the logistic function:
//   dz    = dy s(z) (1 + z (1 - s(z)))
//   dbias = sum dz,  dgain = sum dz xhat                            (over H, W; per image, since gain, bias and add may differ by image)
//   dx    = rstd (gain dz - (sum_g gain dz + xhat sum_g gain dz xhat) / n),   n = H W channels per group
//   dadd  = sum dx
// One image is one thread's work and all sums run in a fixed order: the result does not depend on the number of threads.
// Where the gradient is to be differentiated again, it is composed of libtorch's own operators instead.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "tensors.h"
#include "vectorized.h"

namespace {

using at::Tensor;

INLINE float logistic(float z) { return 1.0f / (1.0f + exponential(-z)); }

template <typename T>
INLINE void moments_of(const T* __restrict x, int64_t positions, int64_t channels, float* __restrict sum, float* __restrict square) {
  for (int64_t i = 0; i < positions; i++, x += channels)
    for (int64_t c = 0; c < channels; c++) {
      float v = load(x[c]);
      sum[c] += v;
      square[c] += v * v;
    }
}

template <bool silu, typename T>
INLINE void affine_of(const T* __restrict x, T* __restrict y, int64_t positions, int64_t channels, const float* __restrict a,
                      const float* __restrict b) {
  for (int64_t i = 0; i < positions; i++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c++) {
      float z = load(x[c]) * a[c] + b[c];
      store(y[c], silu ? z * logistic(z) : z);
    }
}

// dz of one image, and its sums with and without x.
template <bool silu, typename T>
INLINE void output_gradient_of(const T* __restrict x, const T* __restrict dy, float* __restrict dz, int64_t positions, int64_t channels,
                               const float* __restrict a, const float* __restrict b, float* __restrict sum, float* __restrict product) {
  for (int64_t i = 0; i < positions; i++, x += channels, dy += channels, dz += channels)
    for (int64_t c = 0; c < channels; c++) {
      float v = load(x[c]), d = load(dy[c]);
      if (silu) {
        float z = v * a[c] + b[c];
        float s = logistic(z);
        d *= s * (1.0f + z * (1.0f - s));
      }
      dz[c] = d;
      sum[c] += d;
      product[c] += d * v;
    }
}

template <typename T>
INLINE void input_gradient_of(const T* __restrict x, const float* __restrict dz, T* __restrict dx, int64_t positions, int64_t channels,
                              const float* __restrict a, const float* __restrict p, const float* __restrict q) {
  for (int64_t i = 0; i < positions; i++, x += channels, dz += channels, dx += channels)
    for (int64_t c = 0; c < channels; c++) store(dx[c], dz[c] * a[c] + load(x[c]) * p[c] + q[c]);
}

// target_clones wants functions, not templates.
#define LOOPS(T)                                                                                                                         \
  VECTORIZED void moments(const T* x, int64_t n, int64_t c, float* sum, float* square) { moments_of(x, n, c, sum, square); }             \
  VECTORIZED void affine_silu(const T* x, T* y, int64_t n, int64_t c, const float* a, const float* b) {                                  \
    affine_of<true>(x, y, n, c, a, b);                                                                                                   \
  }                                                                                                                                      \
  VECTORIZED void affine_plain(const T* x, T* y, int64_t n, int64_t c, const float* a, const float* b) {                                 \
    affine_of<false>(x, y, n, c, a, b);                                                                                                  \
  }                                                                                                                                      \
  VECTORIZED void silu_gradient(const T* x, const T* dy, float* dz, int64_t n, int64_t c, const float* a, const float* b, float* sum,    \
                                float* product) {                                                                                        \
    output_gradient_of<true>(x, dy, dz, n, c, a, b, sum, product);                                                                       \
  }                                                                                                                                      \
  VECTORIZED void plain_gradient(const T* x, const T* dy, float* dz, int64_t n, int64_t c, const float* a, const float* b, float* sum,   \
                                 float* product) {                                                                                       \
    output_gradient_of<false>(x, dy, dz, n, c, a, b, sum, product);                                                                      \
  }                                                                                                                                      \
  VECTORIZED void input_gradient(const T* x, const float* dz, T* dx, int64_t n, int64_t c, const float* a, const float* p,               \
                                 const float* q) {                                                                                       \
    input_gradient_of(x, dz, dx, n, c, a, p, q);                                                                                         \
  }
LOOPS(uint16_t)
LOOPS(float)

struct Shape {
  int64_t images, channels, positions, groups, width;
};

Shape check(const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& add, int64_t groups) {
  bool known = x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kFloat;
  TORCH_CHECK(x.dim() == 4 && known && x.device().is_cpu(), "group_norm_silu: x must be [N, C, H, W] in bf16 or float32 on the CPU");
  int64_t n = x.size(0), c = x.size(1);
  TORCH_CHECK(groups > 0 && c % groups == 0, "group_norm_silu: ", groups, " groups do not divide ", c, " channels");
  for (const Tensor& t : {gain, bias, add})
    TORCH_CHECK(t.scalar_type() == at::kFloat && t.dim() == 2 && t.size(0) == n && t.size(1) == c, "group_norm_silu: gain, bias and add must be [N, C] in float32");
  return {n, c, x.size(2) * x.size(3), groups, c / groups};
}

// a = rstd gain and b = bias + (add - mean) a, so that z = a x + b.
void affine(const Shape& s, const float* mean, const float* rstd, const float* gain, const float* bias, const float* add, float* a, float* b) {
  for (int64_t c = 0; c < s.channels; c++) {
    int64_t g = c / s.width;
    a[c] = rstd[g] * gain[c];
    b[c] = bias[c] + (add[c] - mean[g]) * a[c];
  }
}

template <typename T>
void normalize(const Shape& s, const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& add, double eps, bool silu, Tensor& y, Tensor& mean,
               Tensor& rstd, Tensor& sums) {
  int64_t image = s.channels * s.positions;
  const T* in = elements<T>(x);
  T* out = elements<T>(y);
  const float *w = gain.data_ptr<float>(), *v = bias.data_ptr<float>(), *e = add.data_ptr<float>();
  float *m = mean.data_ptr<float>(), *r = rstd.data_ptr<float>();
  at::parallel_for(0, s.images, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> square(s.channels), a(s.channels), b(s.channels);
    for (int64_t n = begin; n < end; n++) {
      int64_t row = n * s.channels;
      float* sum = sums.data_ptr<float>() + row;
      std::fill(sum, sum + s.channels, 0.0f);
      std::fill(square.begin(), square.end(), 0.0f);
      moments(in + n * image, s.positions, s.channels, sum, square.data());
      for (int64_t g = 0; g < s.groups; g++) {
        double first = 0, second = 0, count = static_cast<double>(s.width * s.positions);
        for (int64_t c = g * s.width; c < (g + 1) * s.width; c++) {
          double shift = e[row + c], moved = static_cast<double>(s.positions) * shift;
          first += sum[c] + moved;
          second += square[c] + shift * (2.0 * sum[c] + moved);
        }
        first /= count;
        m[n * s.groups + g] = static_cast<float>(first);
        r[n * s.groups + g] = static_cast<float>(1 / std::sqrt(std::max(second / count - first * first, 0.0) + eps));
      }
      affine(s, m + n * s.groups, r + n * s.groups, w + row, v + row, e + row, a.data(), b.data());
      const T* xn = in + n * image;
      if (silu) affine_silu(xn, out + n * image, s.positions, s.channels, a.data(), b.data());
      else affine_plain(xn, out + n * image, s.positions, s.channels, a.data(), b.data());
    }
  });
}

template <typename T>
void differentiate(const Shape& s, const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& add, const Tensor& mean, const Tensor& rstd,
                   const Tensor& sums, bool silu, const Tensor& dy, Tensor& dx, Tensor& dgain, Tensor& dbias, Tensor& dadd) {
  int64_t image = s.channels * s.positions;
  const T *in = elements<T>(x), *upstream = elements<T>(dy);
  T* out = elements<T>(dx);
  const float *w = gain.data_ptr<float>(), *v = bias.data_ptr<float>(), *e = add.data_ptr<float>(), *m = mean.data_ptr<float>(), *r = rstd.data_ptr<float>();
  const float* total = sums.data_ptr<float>();
  float *dw = dgain.data_ptr<float>(), *dv = dbias.data_ptr<float>(), *de = dadd.data_ptr<float>();
  double count = static_cast<double>(s.width * s.positions);
  at::parallel_for(0, s.images, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> sum(s.channels), product(s.channels), a(s.channels), b(s.channels), p(s.channels), q(s.channels), dz(image);
    for (int64_t n = begin; n < end; n++) {
      int64_t row = n * s.channels;
      std::fill(sum.begin(), sum.end(), 0.0f);
      std::fill(product.begin(), product.end(), 0.0f);
      affine(s, m + n * s.groups, r + n * s.groups, w + row, v + row, e + row, a.data(), b.data());
      const T *xn = in + n * image, *dyn = upstream + n * image;
      if (silu) silu_gradient(xn, dyn, dz.data(), s.positions, s.channels, a.data(), b.data(), sum.data(), product.data());
      else plain_gradient(xn, dyn, dz.data(), s.positions, s.channels, a.data(), b.data(), sum.data(), product.data());
      for (int64_t g = 0; g < s.groups; g++) {
        double mu = m[n * s.groups + g], scale = r[n * s.groups + g], first = 0, second = 0;
        for (int64_t c = g * s.width; c < (g + 1) * s.width; c++) {
          double slope = (product[c] + (e[row + c] - mu) * sum[c]) * scale;
          dw[row + c] = static_cast<float>(slope);
          dv[row + c] = sum[c];
          first += w[row + c] * static_cast<double>(sum[c]);
          second += w[row + c] * slope;
        }
        // dx = a dz + p x + q
        double slope = -scale * scale * second / count;
        for (int64_t c = g * s.width; c < (g + 1) * s.width; c++) {
          double offset = -scale * first / count + slope * (e[row + c] - mu);
          p[c] = static_cast<float>(slope);
          q[c] = static_cast<float>(offset);
          de[row + c] = static_cast<float>(static_cast<double>(a[c]) * sum[c] + slope * total[row + c] + offset * static_cast<double>(s.positions));
        }
      }
      input_gradient(xn, dz.data(), out + n * image, s.positions, s.channels, a.data(), p.data(), q.data());
    }
  });
}

// The same gradient by operators that can be differentiated in their turn.
torch::autograd::variable_list composed(const Tensor& x, const Tensor& gain, const Tensor& bias, const Tensor& add, int64_t groups, double eps, bool silu,
                                        const Tensor& upstream) {
  auto grouped = [&](const Tensor& t) { return t.reshape({t.size(0), groups, -1}); };
  auto per_pixel = [](const Tensor& t) { return t.unsqueeze(-1).unsqueeze(-1); };
  Tensor wide = grouped(x.to(at::kFloat) + per_pixel(add)), centred = wide - wide.mean({2}, true);
  Tensor rstd = (centred.square().mean({2}, true) + eps).rsqrt();
  Tensor xhat = (centred * rstd).reshape(x.sizes()), dz = upstream.to(at::kFloat);
  if (silu) {
    Tensor z = per_pixel(gain) * xhat + per_pixel(bias), s = at::sigmoid(z);
    dz = dz * s * (1 + z * (1 - s));
  }
  Tensor scaled = grouped(per_pixel(gain) * dz), slope = grouped(xhat);
  Tensor dx = (rstd * (scaled - scaled.mean({2}, true) - slope * (scaled * slope).mean({2}, true))).reshape(x.sizes());
  return {dx.to(x.scalar_type()), (dz * xhat).sum({2, 3}), dz.sum({2, 3}), dx.sum({2, 3}), Tensor(), Tensor(), Tensor()};
}

struct Normalize : torch::autograd::Function<Normalize> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& gain_, const Tensor& bias_, const Tensor& add_,
                        int64_t groups, double eps, bool silu) {
    Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast), gain = gain_.contiguous(), bias = bias_.contiguous(), add = add_.contiguous();
    Shape s = check(x, gain, bias, add, groups);
    Tensor y = at::empty_like(x), mean = at::empty({s.images, groups}, gain.options()), rstd = at::empty_like(mean), sums = at::empty_like(gain);
    auto run = x.scalar_type() == at::kFloat ? normalize<float> : normalize<uint16_t>;
    run(s, x, gain, bias, add, eps, silu, y, mean, rstd, sums);
    context->save_for_backward({input, gain_, bias_, add_, mean, rstd, sums});
    context->saved_data["eps"] = eps;
    context->saved_data["silu"] = silu;
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list grads) {
    auto saved = context->get_saved_variables();
    Tensor mean = saved[4], rstd = saved[5], sums = saved[6];
    bool silu = context->saved_data["silu"].toBool();
    if (at::GradMode::is_enabled())
      return composed(saved[0], saved[1], saved[2], saved[3], mean.size(1), context->saved_data["eps"].toDouble(), silu, grads[0]);
    Tensor x = saved[0].contiguous(at::MemoryFormat::ChannelsLast), gain = saved[1].contiguous(), bias = saved[2].contiguous(), add = saved[3].contiguous();
    Shape s = check(x, gain, bias, add, mean.size(1));
    Tensor dy = grads[0].contiguous(at::MemoryFormat::ChannelsLast);
    Tensor dx = at::empty_like(x), dgain = at::empty_like(gain), dbias = at::empty_like(bias), dadd = at::empty_like(add);
    auto run = x.scalar_type() == at::kFloat ? differentiate<float> : differentiate<uint16_t>;
    run(s, x, gain, bias, add, mean, rstd, sums, silu, dy, dx, dgain, dbias, dadd);
    return {dx, dgain, dbias, dadd, Tensor(), Tensor(), Tensor()};
  }
};

Tensor group_norm_silu(const Tensor& x, const Tensor& gain, const Tensor& bias, const c10::optional<Tensor>& add, int64_t groups, double eps, bool silu) {
  return Normalize::apply(x, gain, bias, add.has_value() && add->defined() ? *add : at::zeros(gain.sizes(), gain.options()), groups, eps, silu);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def("group_norm_silu(Tensor x, Tensor gain, Tensor bias, Tensor? add, int groups, float eps, bool silu) -> Tensor", &group_norm_silu);
}
