#include "diffusion/numerics/counter_random.h"

#include <Random123/philox.h>

#include <cmath>

namespace scorefem::diffusion {

namespace {

/// Two 64-bit words from one counter.
struct Block {
  std::uint64_t word[2];
};

Block philox_block(std::uint64_t seed, std::uint32_t stream, std::uint64_t index, std::uint32_t position) {
  const r123::Philox4x32::ctr_type counter = {
      {position, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), stream}};
  const r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const auto r = r123::Philox4x32()(counter, key);
  return {{r[0] | static_cast<std::uint64_t>(r[1]) << 32, r[2] | static_cast<std::uint64_t>(r[3]) << 32}};
}

/// The centre of one of 2^52 equal cells: never 0 or 1 (with 2^53 cells the last centre would round to 1).
double uniform(std::uint64_t word) {
  return (static_cast<double>(word >> 12) + 0.5) * 0x1.0p-52;
}

}  // namespace

void CounterRandom::words(std::uint64_t index, std::uint64_t* out, std::size_t n) const {
  for (std::size_t i = 0; i < n; i += 2) {
    const Block block = philox_block(seed_, stream_, index, static_cast<std::uint32_t>(i / 2));
    out[i] = block.word[0];
    if (i + 1 < n) out[i + 1] = block.word[1];
  }
}

void CounterRandom::uniforms(std::uint64_t index, double* out, std::size_t n) const {
  for (std::size_t i = 0; i < n; i += 2) {
    const Block block = philox_block(seed_, stream_, index, static_cast<std::uint32_t>(i / 2));
    out[i] = uniform(block.word[0]);
    if (i + 1 < n) out[i + 1] = uniform(block.word[1]);
  }
}

void CounterRandom::normals(std::uint64_t index, double* out, std::size_t n) const {
  constexpr double kTwoPi = 6.283185307179586476925286766559;
  for (std::size_t i = 0; i < n; i += 2) {
    const Block block = philox_block(seed_, stream_, index, static_cast<std::uint32_t>(i / 2));
    const double radius = std::sqrt(-2.0 * std::log(uniform(block.word[0])));
    const double angle = kTwoPi * uniform(block.word[1]);
    out[i] = radius * std::cos(angle);
    if (i + 1 < n) out[i + 1] = radius * std::sin(angle);
  }
}

}  // namespace scorefem::diffusion
