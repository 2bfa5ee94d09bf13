// See pairs.h.
#include "unisono/magnet/pairs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "unisono/nn/elementwise.h"

namespace unisono {

void PairsModel::configure(int sr, std::uint32_t seed, int threads) {
  const MagnetConfig config = pairs_config();
  auto engine = std::make_unique<PairsEngine>(config, sr, seed);
  pairs_ = engine.get();
  MagnetModel::configure(config, sr, threads, std::move(engine));
}

void PairsModel::add_pair(const std::uint8_t* pixels, const float* samples, int height, int width, int n) {
  pairs_->add(pixels, height, width, samples, n);
}

void PairsModel::begin() {
  pairs_->begin(workers());
  values_changed();
}

void PairsModel::code(float* code, const std::uint8_t* pixels, int height, int width) {
  std::copy_n(pairs_->code(workers(), pixels, height, width), kCodeSize, code);
  canonicalise(code, kCodeSize);
}

void PairsModel::sonify(float* out, const std::uint8_t* pixels, int n_samples, std::uint32_t seed, float temperature,
                        PhaseKind phase, int height, int width) {
  pairs_->look_at(workers(), pixels, height, width);
  generate(out, n_samples, seed, temperature, phase);
}

}  // namespace unisono
