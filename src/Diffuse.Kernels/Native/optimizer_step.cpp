// diffuse::adam_step_: one step of Adam or AdamW on flat storage in a single pass over memory: scaled gradient, both moments, the weights, any number of
// averages of them, and the gradient back to zero, where separate operators read and write the same vectors some twenty times.
//
// Kingma & Ba 2015, algorithm 1; decoupled decay: Loshchilov & Hutter 2019, algorithm 2. With g' = scale g:
//   m = b1 m + (1 - b1) g',  v = b2 v + (1 - b2) g'^2,  w -= rate (m / (1 - b1^k)) / (sqrt(v / (1 - b2^k)) + eps)
//   average_i = keep_i average_i + (1 - keep_i) w
// Every element is worked on alone: the result does not depend on the number of threads.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "vectorized.h"

namespace {

using at::Tensor;

struct Step {
  float scale, rate, beta1, beta2, eps, root, shrink, decay;
};

VECTORIZED void adam(float* __restrict w, float* __restrict g, float* __restrict m, float* __restrict v, int64_t n, const Step& step) {
  const Step s = step;
  for (int64_t i = 0; i < n; i++) {
    float slope = g[i] * s.scale + w[i] * s.decay;
    float first = m[i] * s.beta1 + slope * (1.0f - s.beta1);
    float second = v[i] * s.beta2 + slope * slope * (1.0f - s.beta2);
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * s.shrink - s.rate * first / (std::sqrt(second) * s.root + s.eps);
    g[i] = 0.0f;
  }
}

VECTORIZED void average(float* __restrict to, const float* __restrict w, int64_t n, float keep) {
  for (int64_t i = 0; i < n; i++) to[i] = to[i] * keep + w[i] * (1.0f - keep);
}

float* elements(const Tensor& t, int64_t n) {
  TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kFloat && t.dim() == 1 && t.is_contiguous() && t.numel() == n,
              "adam_step_: vectors must be contiguous float32 of one length on the CPU");
  return t.data_ptr<float>();
}

void adam_step_(const Tensor& w, const Tensor& g, const Tensor& m, const Tensor& v, at::TensorList averages, at::ArrayRef<double> keeps, double scale,
                double rate, double beta1, double beta2, double eps, int64_t k, double decay, bool decoupled) {
  TORCH_CHECK(averages.size() == keeps.size(), "adam_step_: a share for each average");
  int64_t n = w.numel();
  float *weights = elements(w, n), *gradient = elements(g, n), *mean = elements(m, n), *square = elements(v, n);
  std::vector<float*> to;
  for (const Tensor& one : averages) to.push_back(elements(one, n));
  Step step{static_cast<float>(scale),
            static_cast<float>(rate / (1 - std::pow(beta1, static_cast<double>(k)))),
            static_cast<float>(beta1),
            static_cast<float>(beta2),
            static_cast<float>(eps),
            static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(k)))),
            static_cast<float>(decoupled ? 1 - rate * decay : 1),
            static_cast<float>(decoupled ? 0 : decay)};
  // A piece stays in the cache between the loops.
  constexpr int64_t piece = 4096;
  at::parallel_for(0, (n + piece - 1) / piece, 8, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++) {
      int64_t start = p * piece, count = std::min(piece, n - start);
      adam(weights + start, gradient + start, mean + start, square + start, count, step);
      for (size_t i = 0; i < to.size(); i++) average(to[i] + start, weights + start, count, static_cast<float>(keeps[i]));
    }
  });
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def(
      "adam_step_(Tensor(a!) w, Tensor(b!) g, Tensor(c!) m, Tensor(d!) v, Tensor[] averages, float[] keeps, float scale, float rate, float beta1, "
      "float beta2, float eps, int k, float decay, bool decoupled) -> ()",
      &adam_step_);
}
