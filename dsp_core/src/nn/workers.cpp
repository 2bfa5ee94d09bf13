// The thread pool behind Workers: a ticket announces a job and hands out its tasks.
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

// A job is over when its tasks are done, whether or not a helper has come to it: on a busy machine it may be long before one
// does. One that comes late finds nothing left.
struct Workers::Pool {
  std::mutex mutex;
  std::condition_variable wake, finished;
  std::atomic<std::uint64_t> ticket{0};  // the job's generation and, in the lower half, how many of its tasks are left
  std::atomic<int> done{0}, n_tasks{0};  // of the job
  std::atomic<Task> task{nullptr};
  std::atomic<void*> body{nullptr};
  std::atomic<bool> stop{false};
  std::vector<std::thread> helpers;

  std::uint32_t generation() const { return static_cast<std::uint32_t>(ticket.load(std::memory_order_acquire) >> 32); }

  // Takes tasks while any is left. As long as one is, the job is not over, so that what was read of it before is still its own.
  void take_tasks(std::uint32_t job) {
    const Task call = task.load(std::memory_order_relaxed);
    void* const with = body.load(std::memory_order_relaxed);
    const int n = n_tasks.load(std::memory_order_relaxed);
    int taken = 0;
    std::uint64_t now = ticket.load(std::memory_order_acquire);
    while (now >> 32 == job && static_cast<std::uint32_t>(now) > 0) {
      if (!ticket.compare_exchange_weak(now, now - 1, std::memory_order_acq_rel)) continue;
      call(with, static_cast<int>(static_cast<std::uint32_t>(now)) - 1);
      ++taken;
      now = ticket.load(std::memory_order_acquire);
    }
    if (taken == 0 || done.fetch_add(taken, std::memory_order_acq_rel) + taken < n) return;
    const std::lock_guard lock(mutex);
    finished.notify_one();
  }

  void help() {
    const FpGuard guard;
    for (std::uint32_t seen = 0;;) {
      wait_for_job(seen);
      seen = generation();
      if (stop) return;
      take_tasks(seen);
    }
  }

  void wait_for_job(std::uint32_t seen) {
    for (int i = 0; i < kSpins; ++i, relax())
      if (generation() != seen) return;
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return generation() != seen; });
  }

  // A job of n tasks; returns its generation.
  std::uint32_t announce(int n) {
    const std::uint32_t job = generation() + 1;
    {
      const std::lock_guard lock(mutex);
      ticket.store(std::uint64_t{job} << 32 | static_cast<std::uint32_t>(n), std::memory_order_release);
    }
    wake.notify_all();
    return job;
  }

  void wait_for_tasks(int n) {
    for (int i = 0; i < kSpins; ++i, relax())
      if (done.load(std::memory_order_acquire) == n) return;
    std::unique_lock lock(mutex);
    finished.wait(lock, [&] { return done.load(std::memory_order_acquire) == n; });
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
  pool_->announce(0);
  for (std::thread& helper : pool_->helpers) helper.join();
}

void Workers::dispatch(int n_tasks, Task task, void* body) {
  Pool& pool = *pool_;
  pool.task.store(task, std::memory_order_relaxed);
  pool.body.store(body, std::memory_order_relaxed);
  pool.n_tasks.store(n_tasks, std::memory_order_relaxed);
  pool.done.store(0, std::memory_order_relaxed);
  pool.take_tasks(pool.announce(n_tasks));
  pool.wait_for_tasks(n_tasks);
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
