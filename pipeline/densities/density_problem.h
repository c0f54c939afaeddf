#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace scorefem::densities {

/// Joint densities of two numbers, x inferred given y (paper 6.1, Eqs. 47-49).
enum class Density {
  tanh,     //!< y ~ U(-3, 3), x = tanh(y) + Gamma(shape 1, scale 0.3)
  bimodal,  //!< y ~ N(0, 1), x = cbrt(y + w), w ~ N(0, 1)
  spiral    //!< t = (3 pi / 2)(1 + 2 h), h ~ U(0, 1): y = 0.1 (t cos t + n), x = 0.1 (t sin t + n')
};
inline constexpr std::array kDensities = {Density::tanh, Density::bimodal, Density::spiral};

/// As in configurations and file names.
std::string to_string(Density density);

/// Draws from a joint density, one entry a pair.
struct JointDraws {
  std::vector<double> x;
  std::vector<double> y;
};

/// Independent sets of pairs of one seed.
enum class PairSet : std::uint32_t { training, test, second_test };

/// The first `n` pairs of a set; a pair depends on (density, seed, set, its index) alone.
JointDraws draw_pairs(Density density, std::uint64_t seed, PairSet set, std::size_t n);

/// p(x, y); for the spiral by a quadrature over h that is exact to 1e-6 of its peak.
double joint_density(Density density, double x, double y);

/// The x of those pairs whose y lies in a band of total width `width` around `y`, in the order of the pairs:
/// samples of the conditional density, smoothed by the band (paper 6.1).
std::vector<double> conditional_samples(const JointDraws& pairs, double y, double width);

}  // namespace scorefem::densities
