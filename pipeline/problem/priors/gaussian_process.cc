#include "pipeline/problem/priors/gaussian_process.h"

#include <cmath>

#include "pipeline/base/errors.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

void GaussianProcessSetup::describe(configuration::Section& s) {
  s.number("mean", mean_, {}, "in the unknowns' unit");
  s.number("variance", variance_, configuration::positive(), "unit^2");
  s.number("length_scale", length_scale_, configuration::positive(), "of the kernel");
  s.flag("couple_groups", couple_groups_, "groups are correlated through their distance");
  s.flag("clip", clip_, "at 0");
}

std::shared_ptr<const Prior> GaussianProcessSetup::make(const Layout& unknowns) const {
  if (unknowns.dimension() == 0)
    throw base::KeyError("prior.model", " = gaussian_process; expected unknowns that have positions");
  const Eigen::Index n = unknowns.size();
  Matrix covariance(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      double distance_squared = 0;
      for (std::size_t k = 0; k < unknowns.dimension(); ++k) {
        const double difference = unknowns[i].position[k] - unknowns[j].position[k];
        distance_squared += difference * difference;
      }
      const bool independent = !couple_groups_ && unknowns[i].group != unknowns[j].group;
      const double scaled = distance_squared / (2 * length_scale_ * length_scale_);
      covariance(i, j) = independent ? 0.0 : variance_ * std::exp(-scaled);
    }
  }
  Marginal marginal;
  if (clip_) marginal.kind = Marginal::Kind::clipped;
  return std::make_shared<const Prior>(Vector::Constant(n, mean_), std::move(covariance),
                                       std::vector<Marginal>(static_cast<std::size_t>(n), marginal));
}

}  // namespace scorefem::problem
