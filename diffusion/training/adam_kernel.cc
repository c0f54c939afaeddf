#include "diffusion/training/adam_kernel.h"

#include <cmath>

#include "diffusion/numerics/vector_versions.h"

namespace scorefem::diffusion {

SCOREFEM_VECTOR_VERSIONS
void adam_update(float* parameters, float* first_moment, float* second_moment, const float* gradient,
                 std::int64_t n, float rate, float root_correction, float kept) {
  constexpr auto kFirst = static_cast<float>(AdamConstants::kBeta1),
                 kSecond = static_cast<float>(AdamConstants::kBeta2);
  constexpr auto kNewFirst = static_cast<float>(1.0 - AdamConstants::kBeta1);
  constexpr auto kNewSecond = static_cast<float>(1.0 - AdamConstants::kBeta2);
  constexpr auto kEpsilon = static_cast<float>(AdamConstants::kEpsilon);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    const float m = kFirst * first_moment[i] + kNewFirst * g;
    const float v = kSecond * second_moment[i] + kNewSecond * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] = kept * parameters[i] - rate * m / (std::sqrt(v) * root_correction + kEpsilon);
  }
}

}  // namespace scorefem::diffusion
