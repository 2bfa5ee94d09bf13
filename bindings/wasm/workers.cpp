// The pool behind Workers (unisono/parallel.h) in WebAssembly. JavaScript starts the helpers: Web Workers with this module
// on the same memory, which stay in unisono_help. Without any there is one thread, and memory need not be shared.
#include "unisono/parallel.h"

#include <algorithm>

namespace unisono {

namespace {

// As in dsp_core/src/nn/workers.cpp, but longer: waking a thread up costs more here.
constexpr int kSpins = 20000;

void wait_while(std::atomic<int>& value, int old) {
  for (int i = 0; i < kSpins; ++i)
    if (value.load(std::memory_order_acquire) != old) return;
  while (value.load(std::memory_order_acquire) == old)
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&value), old, -1);
}

void wake(std::atomic<int>& value, int waiters) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&value), static_cast<unsigned>(waiters));
}

// There is one in a module, for its helpers serve one caller: the thread that started it. Jobs as in the native pool.
struct Helpers {
  std::atomic<int> generation{0};        // what helpers wait for; a ticket has it as well
  std::atomic<std::uint64_t> ticket{0};  // the job's generation and, in the lower half, how many of its tasks are left
  std::atomic<int> left{0};              // tasks of the job that are not done
  std::atomic<void (*)(void* body, int index)> task{nullptr};
  std::atomic<void*> body{nullptr};
  int count = 0;

  void take_tasks(std::uint32_t job) {
    const auto call = task.load();
    void* const with = body.load();
    std::uint64_t now = ticket.load();
    while (now >> 32 == job && static_cast<std::uint32_t>(now) > 0) {
      if (!ticket.compare_exchange_weak(now, now - 1)) continue;
      call(with, static_cast<int>(now) - 1);
      if (left.fetch_sub(1) == 1) wake(left, 1);
      now = ticket.load();
    }
  }

  void run(int n_tasks) {
    left.store(n_tasks);
    const int job = generation.load() + 1;
    ticket.store(static_cast<std::uint64_t>(job) << 32 | static_cast<std::uint32_t>(n_tasks));
    generation.store(job);
    wake(generation, count);
    take_tasks(static_cast<std::uint32_t>(job));
    for (int n = left.load(); n > 0; n = left.load()) wait_while(left, n);
  }
} helpers;

}  // namespace

struct Workers::Pool {};
Workers::Workers(int threads) : threads_(std::clamp(threads, 1, 1 + helpers.count)) {}
Workers::~Workers() = default;

void Workers::dispatch(int n_tasks, Task task, void* body) {
  helpers.task.store(task);
  helpers.body.store(body);
  helpers.run(n_tasks);
}

}  // namespace unisono

// Exported beside the waist's functions; dist_web/src/threads.ts calls them.
extern "C" {

void unisono_set_helpers(int count) { unisono::helpers.count = count; }

// A helper's whole life.
void unisono_help() {
  for (int seen = 0;;) {
    unisono::wait_while(unisono::helpers.generation, seen);
    seen = unisono::helpers.generation.load(std::memory_order_acquire);
    unisono::helpers.take_tasks(static_cast<std::uint32_t>(seen));
  }
}

}  // extern "C"
