#include "pipeline/calibration/tarp.h"

#include "pipeline/calibration/require_finite.h"

namespace scorefem::calibration {

solver::Matrix squared_distance_to_reference(const solver::Matrix& values, const solver::Vector& mean,
                                             const solver::Vector& scale,
                                             const diffusion::CounterRandom& random, std::uint64_t index) {
  require_finite(values, "TARP: truth and samples");
  Eigen::RowVectorXd normal(values.cols());
  random.normals(index, normal.data(), static_cast<std::size_t>(normal.size()));
  const Eigen::RowVectorXd inverse_scale = scale.transpose().cwiseInverse();
  const Eigen::RowVectorXd point = mean.transpose() + normal.cwiseProduct(scale.transpose());
  return ((values.rowwise() - point).array().rowwise() * inverse_scale.array())
      .matrix()
      .rowwise()
      .squaredNorm();
}

}  // namespace scorefem::calibration
