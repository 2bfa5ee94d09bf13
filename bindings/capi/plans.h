// What the one-shot transforms keep between calls: making a plan costs many times what using it does.
#pragma once

#include <cstdint>
#include <utility>

namespace unisono::capi {

// This thread's plan of the kind for n points: the last one if it was for n too. Replaced only when the new one is whole.
template <class Plan>
Plan& plan_of(int32_t n) {
  thread_local Plan kept;
  if (kept.size() != n) {
    Plan made;
    made.configure(n);
    kept = std::move(made);
  }
  return kept;
}

}  // namespace unisono::capi
