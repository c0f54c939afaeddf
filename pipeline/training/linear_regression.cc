#include "pipeline/training/linear_regression.h"

#include "diffusion/model/gaussian_conditional.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::training {

RegressionWidths regression_widths(const diffusion::Pairs& pairs) {
  const Eigen::MatrixXd joint = dataset::to_matrix(diffusion::JointMoments::of(pairs).covariance);
  const Eigen::Index d = pairs.inferred.size(1), m = joint.rows() - d;
  const Eigen::MatrixXd observed = joint.bottomRightCorner(m, m), both = joint.topRightCorner(d, m);
  const Eigen::MatrixXd gain = observed.completeOrthogonalDecomposition().solve(both.transpose());
  const Eigen::VectorXd explained = (both.cwiseProduct(gain.transpose())).rowwise().sum();
  const Eigen::VectorXd variance = joint.diagonal().head(d);
  return {variance.cwiseSqrt(), (variance - explained).cwiseMax(0).cwiseSqrt()};
}

}  // namespace scorefem::training
