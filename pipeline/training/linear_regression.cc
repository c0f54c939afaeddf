#include "pipeline/training/linear_regression.h"

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/held_out_fit.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::training {

RegressionWidths regression_widths(const diffusion::Pairs& pairs) {
  const diffusion::JointMoments moments = diffusion::JointMoments::of(pairs);
  const Eigen::MatrixXd joint = dataset::to_matrix(moments.covariance);
  const Eigen::Index d = pairs.inferred.size(1), m = joint.rows() - d;
  const Eigen::VectorXd variance = joint.diagonal().head(d);
  if (diffusion::are_few_pairs(pairs.size(), m)) {
    const torch::Tensor residuals =
        diffusion::LeftOut::of(pairs, diffusion::for_unseen_pairs(pairs, moments)).residuals;
    const Eigen::VectorXd left_over = dataset::to_matrix(residuals).colwise().squaredNorm().transpose();
    return {variance.cwiseSqrt(),
            (left_over / static_cast<double>(pairs.size())).cwiseMin(variance).cwiseSqrt()};
  }
  const Eigen::MatrixXd observed = joint.bottomRightCorner(m, m), both = joint.topRightCorner(d, m);
  const Eigen::MatrixXd gain = observed.completeOrthogonalDecomposition().solve(both.transpose());
  const Eigen::VectorXd explained = (both.cwiseProduct(gain.transpose())).rowwise().sum();
  return {variance.cwiseSqrt(), (variance - explained).cwiseMax(0).cwiseSqrt()};
}

}  // namespace scorefem::training
