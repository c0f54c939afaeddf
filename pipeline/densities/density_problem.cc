#include "pipeline/densities/density_problem.h"

#include <cmath>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/streams.h"

namespace scorefem::densities {
namespace {

using diffusion::CounterRandom;
using diffusion::Stream;

constexpr double kPi = 3.14159265358979323846;
constexpr double kTanhHalfWidth = 3.0;
constexpr double kTanhScale = 0.3;
constexpr double kSpiralScale = 0.1;

double standard_normal_density(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2.0 * kPi);
}

double spiral_angle(double h) {
  return 1.5 * kPi * (1.0 + 2.0 * h);
}

/// The random numbers of one pair: uniform and normal ones from streams of their own.
struct PairRandom {
  double uniform[2];
  double normal[2];
};

struct Pair {
  double x, y;
};

Pair make_pair(Density density, const PairRandom& random) {
  switch (density) {
    case Density::tanh: {
      const double y = kTanhHalfWidth * (2.0 * random.uniform[0] - 1.0);
      // A Gamma distribution of shape 1 is the exponential one.
      return {std::tanh(y) - kTanhScale * std::log(random.uniform[1]), y};
    }
    case Density::bimodal:
      return {std::cbrt(random.normal[0] + random.normal[1]), random.normal[0]};
    case Density::spiral:
      break;
  }
  const double t = spiral_angle(random.uniform[0]);
  return {kSpiralScale * (t * std::sin(t) + random.normal[1]),
          kSpiralScale * (t * std::cos(t) + random.normal[0])};
}

}  // namespace

std::string to_string(Density density) {
  switch (density) {
    case Density::tanh:
      return "tanh";
    case Density::bimodal:
      return "bimodal";
    case Density::spiral:
      break;
  }
  return "spiral";
}

JointDraws draw_pairs(Density density, std::uint64_t seed, PairSet set, std::size_t n) {
  const auto substream = 2 * (3 * static_cast<std::uint32_t>(density) + static_cast<std::uint32_t>(set));
  const CounterRandom uniforms(seed, base::streams::joint_density, substream);
  const CounterRandom normals(seed, base::streams::joint_density, substream + 1);
  JointDraws pairs{std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t i = 0; i < n; ++i) {
    PairRandom random{};
    uniforms.uniforms(i, random.uniform, 2);
    normals.normals(i, random.normal, 2);
    const Pair pair = make_pair(density, random);
    pairs.x[i] = pair.x;
    pairs.y[i] = pair.y;
  }
  return pairs;
}

double joint_density(Density density, double x, double y) {
  switch (density) {
    case Density::tanh: {
      const double excess = x - std::tanh(y);
      if (std::abs(y) > kTanhHalfWidth || excess < 0.0) return 0.0;
      return std::exp(-excess / kTanhScale) / (kTanhScale * 2.0 * kTanhHalfWidth);
    }
    case Density::bimodal:
      return standard_normal_density(y) * standard_normal_density(x * x * x - y) * 3.0 * x * x;
    case Density::spiral:
      break;
  }
  // Midpoint rule: its nodes are 0.05 of the noise's standard deviations apart at most.
  constexpr int kNodes = 3000;
  double sum = 0.0;
  for (int i = 0; i < kNodes; ++i) {
    const double t = spiral_angle((i + 0.5) / kNodes);
    sum += standard_normal_density(x / kSpiralScale - t * std::sin(t)) *
           standard_normal_density(y / kSpiralScale - t * std::cos(t));
  }
  return sum / (kNodes * kSpiralScale * kSpiralScale);
}

std::vector<double> conditional_samples(const JointDraws& pairs, double y, double width) {
  std::vector<double> x;
  for (std::size_t i = 0; i < pairs.y.size(); ++i)
    if (std::abs(pairs.y[i] - y) <= 0.5 * width) x.push_back(pairs.x[i]);
  return x;
}

}  // namespace scorefem::densities
