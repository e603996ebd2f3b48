// diffuse::attention: softmax(scale q k^T + bias) v in heads, which lie beside each other in the last dimension of q, k and v; float32 on the CPU.
//
// Vaswani et al. 2017, equation 1. Each head of each image is one thread's work, over blocks of rows whose logits stay in the cache and are never kept: backward
// computes them again from the logarithm of the softmax's sum (Dao et al. 2022, section 3.1). With P the softmax and O = P v:
//   dv = P^T dO,  dP = dO v^T,  dS = P (dP - rowsum(dO O)),  dq = scale dS k,  dk = scale dS^T q
// The products are libtorch's, in one thread each. Where the gradient is to be differentiated again, it is composed of libtorch's own operators instead.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "vectorized.h"

namespace {

using at::Tensor;

constexpr int64_t kLogits = 1 << 16;  // of a block, at most: they fit the second cache
constexpr int64_t kLanes = 16;        // partial sums, so that the compiler may work on several at once

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

VECTORIZED void affine(float* __restrict x, int64_t n, float factor, const float* __restrict add) {
  for (int64_t i = 0; i < n; i++) x[i] = x[i] * factor + add[i];
}

VECTORIZED void multiply(float* __restrict x, int64_t n, float factor) {
  for (int64_t i = 0; i < n; i++) x[i] *= factor;
}

VECTORIZED void softmax_gradient(float* __restrict dp, const float* __restrict p, int64_t n, float row, float scale) {
  for (int64_t i = 0; i < n; i++) dp[i] = p[i] * (dp[i] - row) * scale;
}

VECTORIZED float dot(const float* __restrict a, const float* __restrict b, int64_t n) {
  float lane[kLanes] = {}, sum = 0;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; l++) lane[l] += a[i + l] * b[i + l];
  for (; i < n; i++) sum += a[i] * b[i];
  for (int64_t l = 0; l < kLanes; l++) sum += lane[l];
  return sum;
}

struct Heads {
  int64_t images, heads, queries, keys, size, block;

  Heads(const Tensor& q, const Tensor& k, int64_t heads)
      : images(q.size(0)), heads(heads), queries(q.size(1)), keys(k.size(1)), size(q.size(2) / heads),
        block(std::min(queries, std::max<int64_t>(kLogits / keys, 16))) {}

  // Calls with each (image, head), whose columns `of` gives.
  template <typename F>
  void each(F&& body) const {
    at::parallel_for(0, images * heads, 1, [&](int64_t begin, int64_t end) {
      at::NoGradGuard quiet;
      for (int64_t i = begin; i < end; i++) body(i / heads, i % heads);
    });
  }

  Tensor of(const Tensor& t, int64_t image, int64_t head) const { return t.select(0, image).narrow(1, head * size, size); }
};

// The softmax of a block of rows, in `to` [rows, keys]; `sums` takes, or gives, the logarithm of each row's sum.
void probabilities(const Heads& s, const Tensor& q, const Tensor& k, const float* bias, double scale, float* sums, bool known, Tensor& to) {
  at::mm_out(to, q, k.t());
  float* row = to.data_ptr<float>();
  for (int64_t i = 0; i < q.size(0); i++, row += s.keys) {
    if (bias != nullptr) affine(row, s.keys, static_cast<float>(scale), bias);
    else multiply(row, s.keys, static_cast<float>(scale));
    if (known) {
      exponentials(row, s.keys, sums[i]);
      continue;
    }
    float shift = largest(row, s.keys), sum = exponentials(row, s.keys, shift);
    multiply(row, s.keys, 1.0f / sum);
    sums[i] = shift + std::log(sum);
  }
}

const float* bias_of(const c10::optional<Tensor>& bias, int64_t image, int64_t keys) {
  return bias.has_value() ? bias->data_ptr<float>() + image * keys : nullptr;
}

struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& q_, const Tensor& k_, const Tensor& v_, int64_t heads, double scale,
                        const c10::optional<Tensor>& bias_) {
    Tensor q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous();
    bool known = true;
    for (const Tensor& t : {q, k, v}) known = known && t.dim() == 3 && t.scalar_type() == at::kFloat && t.device().is_cpu() && t.size(0) == q.size(0);
    TORCH_CHECK(known, "attention: q, k and v must be [N, L, C] in float32 on the CPU");
    TORCH_CHECK(heads > 0 && q.size(2) % heads == 0 && k.size(2) == q.size(2) && v.sizes() == k.sizes(), "attention: heads do not fit");
    c10::optional<Tensor> bias;
    if (bias_.has_value() && bias_->defined()) {
      bias = bias_->contiguous();
      TORCH_CHECK(bias->scalar_type() == at::kFloat && bias->dim() == 2 && bias->size(0) == q.size(0) && bias->size(1) == k.size(1), "attention: bias must be [N, M] in float32");
    }
    Heads s(q, k, heads);
    Tensor out = at::empty_like(q), sums = at::empty({s.images, heads, s.queries}, q.options());
    s.each([&](int64_t image, int64_t head) {
      Tensor qh = s.of(q, image, head), kh = s.of(k, image, head), vh = s.of(v, image, head), oh = s.of(out, image, head);
      float* sum = sums.data_ptr<float>() + (image * heads + head) * s.queries;
      for (int64_t row = 0; row < s.queries; row += s.block) {
        int64_t rows = std::min(s.block, s.queries - row);
        Tensor p = at::empty({rows, s.keys}, q.options()), o = oh.narrow(0, row, rows);
        probabilities(s, qh.narrow(0, row, rows), kh, bias_of(bias, image, s.keys), scale, sum + row, false, p);
        at::mm_out(o, p, vh);
      }
    });
    context->save_for_backward({q_, k_, v_, out, sums, bias.value_or(Tensor())});
    context->saved_data["heads"] = heads;
    context->saved_data["scale"] = scale;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list grads) {
    auto saved = context->get_saved_variables();
    int64_t heads = context->saved_data["heads"].toInt();
    double scale = context->saved_data["scale"].toDouble();
    if (at::GradMode::is_enabled()) return composed(saved[0], saved[1], saved[2], saved[5], grads[0], heads, scale);
    Tensor q = saved[0].contiguous(), k = saved[1].contiguous(), v = saved[2].contiguous(), out = saved[3], sums = saved[4], dout = grads[0].contiguous();
    c10::optional<Tensor> bias;
    if (saved[5].defined()) bias = saved[5];
    Heads s(q, k, heads);
    Tensor dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v);
    s.each([&](int64_t image, int64_t head) {
      Tensor qh = s.of(q, image, head), kh = s.of(k, image, head), vh = s.of(v, image, head), oh = s.of(out, image, head);
      Tensor dqh = s.of(dq, image, head), dkh = s.of(dk, image, head), dvh = s.of(dv, image, head), doh = s.of(dout, image, head);
      float* sum = sums.data_ptr<float>() + (image * heads + head) * s.queries;
      for (int64_t row = 0; row < s.queries; row += s.block) {
        int64_t rows = std::min(s.block, s.queries - row);
        auto part = [&](const Tensor& t) { return t.narrow(0, row, rows); };
        Tensor p = at::empty({rows, s.keys}, q.options()), dp = at::empty({rows, s.keys}, q.options()), dqr = part(dqh);
        probabilities(s, part(qh), kh, bias_of(bias, image, s.keys), scale, sum + row, true, p);
        at::mm_out(dp, part(doh), vh.t());
        double rest = row == 0 ? 0 : 1;
        at::addmm_out(dvh, dvh, p.t(), part(doh), rest);
        const float *o = part(oh).data_ptr<float>(), *d = part(doh).data_ptr<float>();
        for (int64_t i = 0; i < rows; i++) {
          float inner = dot(o + i * q.size(2), d + i * q.size(2), s.size);
          softmax_gradient(dp.data_ptr<float>() + i * s.keys, p.data_ptr<float>() + i * s.keys, s.keys, inner, static_cast<float>(scale));
        }
        at::mm_out(dqr, dp, kh);
        at::addmm_out(dkh, dkh, dp.t(), part(qh), rest);
      }
    });
    return {dq, dk, dv, Tensor(), Tensor(), Tensor()};
  }

  // The same gradient by operators that can be differentiated in their turn.
  static torch::autograd::variable_list composed(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& dout, int64_t heads, double scale) {
    auto split = [&](const Tensor& t) { return t.reshape({t.size(0), t.size(1), heads, -1}).transpose(1, 2).reshape({t.size(0) * heads, t.size(1), -1}); };
    auto merge = [&](const Tensor& t) { return t.reshape({-1, heads, t.size(1), t.size(2)}).transpose(1, 2).reshape({-1, t.size(1), heads * t.size(2)}); };
    Tensor qh = split(q), kh = split(k), vh = split(v), dh = split(dout);
    Tensor logits = at::bmm(qh, kh.transpose(1, 2)) * scale;
    if (bias.defined()) logits = logits + bias.repeat_interleave(heads, 0).unsqueeze(1);
    Tensor p = at::softmax(logits, -1), dp = at::bmm(dh, vh.transpose(1, 2));
    Tensor ds = p * (dp - (p * dp).sum(-1, true)) * scale;
    return {merge(at::bmm(ds, kh)), merge(at::bmm(ds.transpose(1, 2), qh)), merge(at::bmm(p.transpose(1, 2), dh)), Tensor(), Tensor(), Tensor()};
  }
};

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads, double scale, const c10::optional<Tensor>& bias) {
  return Attention::apply(q, k, v, heads, scale, bias);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def("attention(Tensor q, Tensor k, Tensor v, int heads, float scale, Tensor? bias=None) -> Tensor", &attention);
}
