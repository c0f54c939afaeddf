#include "diffusion/model/condition_pool.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "diffusion/model/gaussian_conditional.h"

namespace scorefem::diffusion {

namespace {

/// Enough that the network sees no repetition that matters. Levels alone are a single number and need fewer.
constexpr std::int64_t kLargestPool = 4096, kLargestPoolOfLevels = 512;
/// Numbers of the gains that stay near the processor.
constexpr std::int64_t kNearNumbers = std::int64_t{1} << 24;
/// What is worth memory beyond that, and how much.
constexpr std::int64_t kEnough = 256, kFewest = 16, kMostBytes = std::int64_t{1} << 31;

}  // namespace

std::int64_t bytes_of_condition(const ModelSetup& setup) {
  const std::int64_t d = setup.n_inferred, m = setup.n_measured;
  const std::int64_t f = JointMoments::n_features(m, setup.model.centre);
  // GaussianConditional: a gain in float64, two matrices in float32; with a clipped prior
  // UnclippedConditional too.
  return 8 * f * d + 2 * 4 * d * d + (setup.model.positive ? 8 * m * d + 2 * 4 * d * d : 0);
}

std::int64_t condition_pool_size(const ModelSetup& setup) {
  if (!setup.model.masked && setup.noise.single()) return 1;
  const std::int64_t d = setup.n_inferred;
  const std::int64_t joint = d + JointMoments::n_features(setup.n_measured, setup.model.centre);
  const std::int64_t largest = setup.model.masked ? kLargestPool : kLargestPoolOfLevels;
  const std::int64_t fit = kMostBytes / bytes_of_condition(setup);
  const std::int64_t n = std::min(largest, std::max(kNearNumbers / (joint * d), std::min(kEnough, fit)));
  if (n >= kFewest) return n;
  std::ostringstream message;
  message << "gaussian_residual: masks or a range of noise levels need the matrices of at least " << kFewest
          << " conditions at once, with " << d << " unknowns " << bytes_of_condition(setup) / (1 << 20)
          << " MiB each; allowed: " << kMostBytes / (1 << 20)
          << " MiB in all. Fewer unknowns, or one noise level without masks, which needs one condition";
  throw std::invalid_argument(message.str());
}

}  // namespace scorefem::diffusion
