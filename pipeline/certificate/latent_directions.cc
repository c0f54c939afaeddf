#include "pipeline/certificate/latent_directions.h"

#include <Eigen/Eigenvalues>

#include "pipeline/base/errors.h"

namespace scorefem::certificate {

LatentDirections latent_directions(const problem::Prior& prior) {
  constexpr double kNarrow = 1e-8;  // variance over the largest
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(prior.covariance());
  const solver::Vector& variance = eigen.eigenvalues();  // ascending
  const auto n_wide = static_cast<Eigen::Index>((variance.array() > kNarrow * variance.maxCoeff()).count());
  return {eigen.eigenvectors().rightCols(n_wide), eigen.eigenvectors().leftCols(variance.size() - n_wide),
          variance.tail(n_wide)};
}

void require_density(const study::Study& study, const problem::Prior& prior, const std::string& option) {
  if (!prior.is_clipped() || study.model.positive) return;
  throw base::InputError(
      "model.positive = false: the network learnt the unknowns after their clipping, where they have no "
      "density; expected model.positive: true for " +
      option);
}

}  // namespace scorefem::certificate
