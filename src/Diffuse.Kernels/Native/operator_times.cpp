// diffuse::operator_times_start and _stop: how often each operator of libtorch ran on this thread in between, and how long it took itself, without the operators
// that it called. Backward runs on the calling thread where everything is on the CPU; on a GPU these are the times of launching.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>
#include <torch/library.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Total {
  int64_t calls = 0;
  double seconds = 0;
};

struct Recording {
  at::CallbackHandle handle;
  std::unordered_map<std::string, Total> totals;
  std::vector<double> inner;  // of each operator that runs now: the seconds in those it called
};

thread_local std::optional<Recording> recording;

struct Started : at::ObserverContext {
  Clock::time_point at = Clock::now();
};

std::unique_ptr<at::ObserverContext> start(const at::RecordFunction&) {
  if (recording) recording->inner.push_back(0);
  return std::make_unique<Started>();
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  if (!recording || recording->inner.empty()) return;
  double seconds = std::chrono::duration<double>(Clock::now() - static_cast<Started*>(context)->at).count();
  Total& total = recording->totals[function.name()];
  total.calls++;
  total.seconds += seconds - recording->inner.back();
  recording->inner.pop_back();
  if (!recording->inner.empty()) recording->inner.back() += seconds;
}

void operator_times_start() {
  TORCH_CHECK(!recording, "operator_times_start: it runs already");
  recording.emplace();
  recording->handle = at::addThreadLocalCallback(at::RecordFunctionCallback(&start, &end).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
}

// Names as UTF-8, a line each, and [n, 2] calls and seconds.
std::tuple<at::Tensor, at::Tensor> operator_times_stop() {
  TORCH_CHECK(recording, "operator_times_stop: it does not run");
  at::removeCallback(recording->handle);
  std::string names;
  at::Tensor numbers = at::empty({static_cast<int64_t>(recording->totals.size()), 2}, at::kDouble);
  double* row = numbers.data_ptr<double>();
  for (const auto& [name, total] : recording->totals) {
    names += name + '\n';
    *row++ = static_cast<double>(total.calls);
    *row++ = total.seconds;
  }
  at::Tensor text = at::empty({static_cast<int64_t>(names.size())}, at::kByte);
  if (!names.empty()) std::memcpy(text.data_ptr(), names.data(), names.size());
  recording.reset();
  return {text, numbers};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(diffuse, library) {
  library.def("operator_times_start() -> ()", &operator_times_start);
  library.def("operator_times_stop() -> (Tensor names, Tensor numbers)", &operator_times_stop);
}
