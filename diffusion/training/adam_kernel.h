#pragma once

#include <cstdint>

namespace scorefem::diffusion {

/// Of Adam (Kingma and Ba, ICLR 2015), the authors' own.
struct AdamConstants {
  static constexpr double kBeta1 = 0.9;
  static constexpr double kBeta2 = 0.999;
  static constexpr double kEpsilon = 1e-8;
};

/// Adam's update of `n` parameters in one pass over memory: `rate` is the learning rate over the first
/// moment's bias correction, `root_correction` the inverse root of the second moment's; before, each
/// parameter is multiplied by `kept`.
void adam_update(float* parameters, float* first_moment, float* second_moment, const float* gradient,
                 std::int64_t n, float rate, float root_correction, float kept);

}  // namespace scorefem::diffusion
