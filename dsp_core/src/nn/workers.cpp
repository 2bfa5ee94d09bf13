// The thread pool behind Workers: a generation counter announces a job, an atomic counter hands out its tasks.
// Without UNISONO_WORKERS there are no threads, and any number of them is one.
#include "unisono/parallel.h"

#if UNISONO_WORKERS
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "unisono/numerics.h"
#endif

namespace unisono {

#if UNISONO_WORKERS

namespace {

// Jobs of one training step follow each other within microseconds, so a thread looks around a little before it sleeps;
// not longer, for a machine may have more threads than cores.
constexpr int kSpins = 2000;

inline void relax() {
#if defined(__SSE2__)
  _mm_pause();
#endif
}

}  // namespace

struct Workers::Pool {
  std::mutex mutex;
  std::condition_variable wake, finished;
  std::atomic<unsigned> generation{0};
  std::atomic<int> next{0};     // the next task to hand out
  std::atomic<int> running{0};  // helpers that have not yet left the current job
  bool stop = false;
  int n_tasks = 0;
  Task task = nullptr;
  void* body = nullptr;
  std::vector<std::thread> helpers;

  void take_tasks() {
    for (int i = next.fetch_add(1, std::memory_order_relaxed); i < n_tasks;
         i = next.fetch_add(1, std::memory_order_relaxed))
      task(body, i);
  }

  void help() {
    const FpGuard guard;
    unsigned seen = 0;
    for (;;) {
      wait_for_job(seen);
      seen = generation.load(std::memory_order_acquire);
      if (stop) return;
      take_tasks();
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        const std::lock_guard lock(mutex);
        finished.notify_one();
      }
    }
  }

  void wait_for_job(unsigned seen) {
    for (int i = 0; i < kSpins; ++i, relax())
      if (generation.load(std::memory_order_acquire) != seen) return;
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return generation.load(std::memory_order_acquire) != seen; });
  }

  void announce() {
    {
      const std::lock_guard lock(mutex);
      generation.fetch_add(1, std::memory_order_release);
    }
    wake.notify_all();
  }

  void wait_for_helpers() {
    for (int i = 0; i < kSpins; ++i, relax())
      if (running.load(std::memory_order_acquire) == 0) return;
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return running.load(std::memory_order_acquire) == 0; });
  }
};

Workers::Workers(int threads) : threads_(threads < 1 ? 1 : threads) {
  if (threads_ == 1) return;
  pool_ = std::make_unique<Pool>();
  for (int i = 1; i < threads_; ++i) pool_->helpers.emplace_back([pool = pool_.get()] { pool->help(); });
}

Workers::~Workers() {
  if (!pool_) return;
  pool_->stop = true;
  pool_->announce();
  for (std::thread& helper : pool_->helpers) helper.join();
}

void Workers::dispatch(int n_tasks, Task task, void* body) {
  Pool& pool = *pool_;
  pool.task = task;
  pool.body = body;
  pool.n_tasks = n_tasks;
  pool.next.store(0, std::memory_order_relaxed);
  pool.running.store(threads_ - 1, std::memory_order_relaxed);
  pool.announce();
  pool.take_tasks();
  pool.wait_for_helpers();
}

#else

struct Workers::Pool {};
Workers::Workers(int) : threads_(1) {}
Workers::~Workers() = default;
void Workers::dispatch(int n_tasks, Task task, void* body) {
  for (int i = 0; i < n_tasks; ++i) task(body, i);
}

#endif

}  // namespace unisono
