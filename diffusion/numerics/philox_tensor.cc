#include "diffusion/numerics/philox_tensor.h"

#include <torch/types.h>

#include <array>

namespace scorefem::diffusion {

namespace {

constexpr std::int64_t kLow32 = 0xFFFFFFFF;

// 32-bit unsigned words are held in int64: a product of two wraps to the bits that it has in uint64.

torch::Tensor low(const torch::Tensor& word) {
  return torch::bitwise_and(word, kLow32);
}

torch::Tensor high(const torch::Tensor& word) {
  return low(torch::bitwise_right_shift(word, 32));
}

/// The two 64-bit words of each position's counter, [rows, positions], as bits of int64.
std::array<torch::Tensor, 2> philox_words(const CounterRandom& random, const torch::Tensor& index,
                                          std::int64_t positions) {
  // Philox4x32-10's multipliers and key increments (Salmon et al. 2011).
  constexpr std::int64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;
  const torch::Tensor position = torch::arange(positions, index.options()).unsqueeze(0);
  const torch::Tensor row = index.unsqueeze(1);
  std::array<torch::Tensor, 4> counter = {
      position, low(row), high(row), torch::full({1, 1}, std::int64_t{random.stream()}, index.options())};
  auto key0 = static_cast<std::uint32_t>(random.seed()),
       key1 = static_cast<std::uint32_t>(random.seed() >> 32);
  for (int round = 0; round < kRounds; ++round, key0 += kWeyl0, key1 += kWeyl1) {
    const torch::Tensor first = counter[0] * kMultiplier0, second = counter[2] * kMultiplier1;
    counter = {high(second).bitwise_xor(counter[1]).bitwise_xor(std::int64_t{key0}), low(second),
               high(first).bitwise_xor(counter[3]).bitwise_xor(std::int64_t{key1}), low(first)};
  }
  const auto joined = [](const torch::Tensor& lower, const torch::Tensor& upper) {
    return lower.bitwise_or(torch::bitwise_left_shift(upper, 32));
  };
  return {joined(counter[0], counter[1]), joined(counter[2], counter[3])};
}

/// The centre of one of 2^52 equal cells, as on the host.
torch::Tensor in_unit_interval(const torch::Tensor& word) {
  constexpr std::int64_t kLow52 = (std::int64_t{1} << 52) - 1;
  const torch::Tensor cell = torch::bitwise_and(torch::bitwise_right_shift(word, 12), kLow52);
  return (cell.to(torch::kFloat64) + 0.5) * 0x1.0p-52;
}

/// Numbers of even and odd columns, in turn.
torch::Tensor interleaved(const torch::Tensor& even, const torch::Tensor& odd, std::int64_t columns) {
  return torch::stack({even, odd}, 2).flatten(1).narrow(1, 0, columns);
}

}  // namespace

torch::Tensor philox_uniforms(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns) {
  const auto words = philox_words(random, index, (columns + 1) / 2);
  return interleaved(in_unit_interval(words[0]), in_unit_interval(words[1]), columns);
}

torch::Tensor philox_normals(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns) {
  constexpr double kTwoPi = 6.283185307179586476925286766559;
  const auto words = philox_words(random, index, (columns + 1) / 2);
  const torch::Tensor radius = (-2.0 * in_unit_interval(words[0]).log()).sqrt(),
                      angle = kTwoPi * in_unit_interval(words[1]);
  return interleaved(radius * angle.cos(), radius * angle.sin(), columns);
}

}  // namespace scorefem::diffusion
