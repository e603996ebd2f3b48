// diffuse::attention: softmax(scale q k^T + bias) v in heads, which lie beside each other in the last dimension of q, k and v; float32 or bf16 on the CPU.
//
// Vaswani et al. 2017, equation 1. A head of an image, or all its heads where they are small, is one thread's work, over blocks of rows whose logits stay in the
// cache and are never kept: backward computes them again from the logarithm of the softmax's sum (Dao et al. 2022, section 3.1). With P the softmax and O = P v:
//   dv = P^T dO,  dP = dO v^T,  dS = P (dP - rowsum(dO O)),  dq = scale dS k,  dk = scale dS^T q
// The products are libtorch's, in one thread each. Where the gradient is to be differentiated again, it is composed of libtorch's own operators instead.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/softmax.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "softmax.h"

namespace {

using at::Tensor;

constexpr int64_t kCache = 1 << 20;  // bytes of logits at once, at most

// How the work is cut: `group` heads of an image at once, `block` rows of each. Several heads go together only where all their rows do.
struct Cut {
  int64_t images, heads, queries, keys, size, group, block;

  Cut(const Tensor& q, const Tensor& k, int64_t heads) : images(q.size(0)), heads(heads), queries(q.size(1)), keys(k.size(1)), size(q.size(2) / heads) {
    int64_t row = keys * q.element_size();
    bool small = heads * queries * row <= kCache;
    group = small && images >= at::get_num_threads() ? heads : 1;
    block = small ? queries : std::min(queries, std::max<int64_t>(kCache / 4 / row, 16));
  }

  // Calls in each thread with the groups of heads that are its share.
  template <typename F>
  void share(F&& body) const {
    at::parallel_for(0, images * heads / group, 1, [&](int64_t begin, int64_t end) {
      at::NoGradGuard quiet;
      body(begin * group, end * group);
    });
  }

  // Calls with the first of a block of rows, and how many they are.
  template <typename F>
  void blocks(F&& body) const {
    for (int64_t row = 0; row < queries; row += block) body(row, std::min(block, queries - row));
  }

  // Rows of a group of heads between [N, L, C] and [group, rows, size]; `head` counts over all images.
  template <typename F>
  void rows(const Tensor& t, int64_t head, int64_t row, int64_t count, F&& copy) const {
    int64_t bytes = size * t.element_size();
    char* first = static_cast<char*>(t.data_ptr()) + ((head / heads * t.size(1) + row) * heads + head % heads) * bytes;
    for (int64_t i = 0; i < count; i++)
      for (int64_t h = 0; h < group; h++) copy(first + (i * heads + h) * bytes, (h * count + i) * bytes, bytes);
  }

  void gather(const Tensor& t, int64_t head, int64_t row, const Tensor& packed) const {
    char* to = static_cast<char*>(packed.data_ptr());
    rows(t, head, row, packed.size(1), [&](char* at, int64_t offset, int64_t bytes) { std::memcpy(to + offset, at, bytes); });
  }

  void scatter(const Tensor& packed, int64_t head, int64_t row, Tensor& t) const {
    const char* from = static_cast<char*>(packed.data_ptr());
    rows(t, head, row, packed.size(1), [&](char* at, int64_t offset, int64_t bytes) { std::memcpy(at, from + offset, bytes); });
  }
};

const float* bias_of(const c10::optional<Tensor>& bias, int64_t image, int64_t keys) {
  return bias.has_value() ? bias->data_ptr<float>() + image * keys : nullptr;
}

template <typename T>
void forward_of(const Cut& cut, const Tensor& q, const Tensor& k, const Tensor& v, const c10::optional<Tensor>& bias, double scale, Tensor& out, Tensor& sums) {
  cut.share([&](int64_t first, int64_t end) {
    auto buffer = [&](int64_t rows, int64_t columns) { return at::empty({cut.group, rows, columns}, q.options()); };
    Tensor keys = buffer(cut.keys, cut.size), values = buffer(cut.keys, cut.size);
    for (int64_t head = first; head < end; head += cut.group) {
      cut.gather(k, head, 0, keys);
      cut.gather(v, head, 0, values);
      cut.blocks([&](int64_t row, int64_t rows) {
        Tensor queries = buffer(rows, cut.size), p = buffer(rows, cut.keys), y = buffer(rows, cut.size);
        cut.gather(q, head, row, queries);
        at::bmm_out(p, queries, keys.transpose(1, 2));
        softmax<T>(p, bias_of(bias, head / cut.heads, cut.keys), scale, sums.data_ptr<float>() + head * cut.queries + row, false);
        at::bmm_out(y, p, values);
        cut.scatter(y, head, row, out);
      });
    }
  });
}

template <typename T>
void backward_of(const Cut& cut, const Tensor& q, const Tensor& k, const Tensor& v, const c10::optional<Tensor>& bias, double scale, const Tensor& out,
                 const Tensor& sums, const Tensor& dout, Tensor& dq, Tensor& dk, Tensor& dv) {
  cut.share([&](int64_t first, int64_t end) {
    auto buffer = [&](int64_t rows, int64_t columns) { return at::empty({cut.group, rows, columns}, q.options()); };
    Tensor keys = buffer(cut.keys, cut.size), values = buffer(cut.keys, cut.size), part = buffer(cut.keys, cut.size);
    std::vector<float> dkeys(part.numel()), dvalues(part.numel());  // sums over the blocks
    auto add_part = [&](std::vector<float>& sum) { add(sum.data(), static_cast<T*>(part.data_ptr()), part.numel()); };
    auto write = [&](std::vector<float>& sum, int64_t head, Tensor& to) {
      rounded(sum.data(), static_cast<T*>(part.data_ptr()), part.numel(), 1.0f);
      cut.scatter(part, head, 0, to);
      std::fill(sum.begin(), sum.end(), 0.0f);
    };
    for (int64_t head = first; head < end; head += cut.group) {
      cut.gather(k, head, 0, keys);
      cut.gather(v, head, 0, values);
      cut.blocks([&](int64_t row, int64_t rows) {
        Tensor queries = buffer(rows, cut.size), y = buffer(rows, cut.size), dy = buffer(rows, cut.size), p = buffer(rows, cut.keys), dp = buffer(rows, cut.keys);
        cut.gather(q, head, row, queries);
        cut.gather(out, head, row, y);
        cut.gather(dout, head, row, dy);
        at::bmm_out(p, queries, keys.transpose(1, 2));
        softmax<T>(p, bias_of(bias, head / cut.heads, cut.keys), scale, sums.data_ptr<float>() + head * cut.queries + row, true);
        at::bmm_out(part, p.transpose(1, 2), dy);
        add_part(dvalues);
        at::bmm_out(dp, dy, values.transpose(1, 2));
        softmax_gradient<T>(dp, p, y, dy, scale);
        at::bmm_out(part, dp.transpose(1, 2), queries);
        add_part(dkeys);
        at::bmm_out(y, dp, keys);
        cut.scatter(y, head, row, dq);
      });
      write(dkeys, head, dk);
      write(dvalues, head, dv);
    }
  });
}

struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& q_, const Tensor& k_, const Tensor& v_, int64_t heads, double scale,
                        const c10::optional<Tensor>& bias_) {
    Tensor q = q_.contiguous(), k = k_.contiguous(), v = v_.contiguous();
    bool known = q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16;
    for (const Tensor& t : {q, k, v}) known = known && t.dim() == 3 && t.scalar_type() == q.scalar_type() && t.device().is_cpu() && t.size(0) == q.size(0);
    TORCH_CHECK(known, "attention: q, k and v must be [N, L, C], all in float32 or all in bf16, on the CPU");
    TORCH_CHECK(heads > 0 && q.size(2) % heads == 0 && k.size(2) == q.size(2) && v.sizes() == k.sizes(), "attention: heads do not fit");
    c10::optional<Tensor> bias;
    if (bias_.has_value() && bias_->defined()) {
      bias = bias_->contiguous();
      TORCH_CHECK(bias->scalar_type() == at::kFloat && bias->dim() == 2 && bias->size(0) == q.size(0) && bias->size(1) == k.size(1), "attention: bias must be [N, M] in float32");
    }
    Cut cut(q, k, heads);
    Tensor out = at::empty_like(q), sums = at::empty({cut.images, heads, cut.queries}, q.options().dtype(at::kFloat));
    (q.scalar_type() == at::kFloat ? forward_of<float> : forward_of<uint16_t>)(cut, q, k, v, bias, scale, out, sums);
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
    Tensor q = saved[0].contiguous(), k = saved[1].contiguous(), v = saved[2].contiguous(), dout = grads[0].contiguous();
    c10::optional<Tensor> bias;
    if (saved[5].defined()) bias = saved[5];
    Tensor dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v);
    (q.scalar_type() == at::kFloat ? backward_of<float> : backward_of<uint16_t>)(Cut(q, k, heads), q, k, v, bias, scale, saved[3], saved[4], dout, dq, dk, dv);
    return {dq, dk, dv, Tensor(), Tensor(), Tensor()};
  }

  // The same gradient by operators that can be differentiated in their turn.
  static torch::autograd::variable_list composed(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias, const Tensor& dout, int64_t heads, double scale) {
    auto split = [&](const Tensor& t) { return t.reshape({t.size(0), t.size(1), heads, -1}).transpose(1, 2).reshape({t.size(0) * heads, t.size(1), -1}); };
    auto merge = [&](const Tensor& t) { return t.reshape({-1, heads, t.size(1), t.size(2)}).transpose(1, 2).reshape({-1, t.size(1), heads * t.size(2)}); };
    Tensor qh = split(q), kh = split(k), vh = split(v), dh = split(dout);
    Tensor logits = at::bmm(qh, kh.transpose(1, 2)) * scale;
    if (bias.defined()) logits = logits + bias.to(q.scalar_type()).repeat_interleave(heads, 0).unsqueeze(1);
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
