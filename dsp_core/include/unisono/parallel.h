// A pool of threads that share out independent tasks; the number of threads never shows in the results.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace unisono {

// run(n, f) calls f(0) ... f(n - 1), each exactly once, on any thread and in any order, and returns when all are done.
// Tasks must write disjoint outputs and must not split a sum: then the bits are the same with any number of threads.
// With one thread, and in a build without threads (UNISONO_WORKERS=0: WebAssembly), it is a plain loop.
class Workers {
 public:
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const { return threads_; }

  template <class F>
  void run(int n_tasks, F&& f) {
    if (threads_ == 1 || n_tasks <= 1) {
      for (int i = 0; i < n_tasks; ++i) f(i);
    } else {
      using Body = std::remove_reference_t<F>;
      dispatch(
          n_tasks, [](void* body, int i) { (*static_cast<Body*>(body))(i); },
          const_cast<void*>(static_cast<const void*>(&f)));
    }
  }

 private:
  using Task = void (*)(void* body, int index);
  struct Pool;

  void dispatch(int n_tasks, Task task, void* body);

  int threads_;
  std::unique_ptr<Pool> pool_;
};

// The part [begin, end) of n items that belongs to one of `parts` nearly equal parts, cut at multiples of `grain`.
struct Slice {
  int begin, end;
};
inline Slice slice_of(int n, int part, int parts, int grain = 1) {
  const int grains = (n + grain - 1) / grain;
  const auto cut = [&](int p) {
    const int at = static_cast<int>(static_cast<std::int64_t>(grains) * p / parts) * grain;
    return at < n ? at : n;
  };
  return {cut(part), cut(part + 1)};
}

}  // namespace unisono
