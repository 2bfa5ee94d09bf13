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

// There is one in a module, for its helpers serve one caller: the thread that started it.
struct Helpers {
  std::atomic<int> generation{0};
  std::atomic<int> next{0};     // the next task to hand out
  std::atomic<int> running{0};  // helpers that have not yet left the current job
  int count = 0;
  int n_tasks = 0;
  void (*task)(void* body, int index) = nullptr;
  void* body = nullptr;

  void take_tasks() {
    for (int i = next.fetch_add(1); i < n_tasks; i = next.fetch_add(1)) task(body, i);
  }

  void run() {
    next.store(0, std::memory_order_relaxed);
    running.store(count, std::memory_order_relaxed);
    generation.fetch_add(1, std::memory_order_release);
    wake(generation, count);
    take_tasks();
    for (int left = running.load(std::memory_order_acquire); left > 0; left = running.load(std::memory_order_acquire))
      wait_while(running, left);
  }
} helpers;

}  // namespace

struct Workers::Pool {};
Workers::Workers(int threads) : threads_(std::clamp(threads, 1, 1 + helpers.count)) {}
Workers::~Workers() = default;

void Workers::dispatch(int n_tasks, Task task, void* body) {
  helpers.task = task;
  helpers.body = body;
  helpers.n_tasks = n_tasks;
  helpers.run();
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
    unisono::helpers.take_tasks();
    const int left = unisono::helpers.running.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) unisono::wake(unisono::helpers.running, 1);
  }
}

}  // extern "C"
