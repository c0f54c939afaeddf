#include "pipeline/problem/prior.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/streams.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

Prior::Prior(Vector mean, Matrix covariance, std::vector<Marginal> marginals)
    : mean_(std::move(mean)), covariance_(std::move(covariance)), marginals_(std::move(marginals)) {
  const Eigen::Index d = mean_.size();
  if (covariance_.rows() != d || covariance_.cols() != d || static_cast<Eigen::Index>(marginals_.size()) != d)
    throw std::invalid_argument("prior: mean, covariance and marginals differ in size");
  const double largest = covariance_.cwiseAbs().maxCoeff();
  const bool symmetric =
      (covariance_ - covariance_.transpose()).cwiseAbs().maxCoeff() <= 1e-12 * largest;  // else: not rounding
  if (!mean_.allFinite() || !covariance_.allFinite() || !symmetric)
    throw std::invalid_argument("prior: expected a finite mean and a finite, symmetric covariance");
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(covariance_);
  if (eigen.eigenvalues().minCoeff() < -1e-10 * std::max(eigen.eigenvalues().maxCoeff(), 0.0))
    throw std::invalid_argument("prior: the covariance has a negative eigenvalue, " +
                                std::to_string(eigen.eigenvalues().minCoeff()));
  const Vector roots = eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  square_root_ = eigen.eigenvectors() * roots.asDiagonal() * eigen.eigenvectors().transpose();
}

bool Prior::is_gaussian() const {
  return std::all_of(marginals_.begin(), marginals_.end(), [](const Marginal& m) {
    return m.kind == Marginal::Kind::normal && m.mean == 0 && m.sd == 1;
  });
}

bool Prior::is_clipped() const {
  return std::all_of(marginals_.begin(), marginals_.end(),
                     [](const Marginal& m) { return m.kind == Marginal::Kind::clipped; });
}

Matrix Prior::draw(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const {
  return unknowns(draw_latent(seed, first, n));
}

Matrix Prior::draw_latent(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const {
  const diffusion::CounterRandom random(seed, base::streams::prior);
  const Eigen::Index d = size();
  Matrix v(n, d);
  Vector normals(d);
  for (Eigen::Index i = 0; i < n; ++i) {
    random.normals(first + static_cast<std::uint64_t>(i), normals.data(), static_cast<std::size_t>(d));
    // One sample at a time: a blocked product could round differently for another block size.
    v.row(i) = ((square_root_ * normals) + mean_).transpose();
  }
  return v;
}

double Prior::draw_rounding() const {
  // The eigenvalues of K come out to within d eps |K|, and K may be numerically singular, so that many of
  // them are nothing else. As |A^(1/2) - B^(1/2)| <= |A - B|^(1/2) for positive matrices, their roots and all
  // that a root does to a draw differ by up to the root of it. A draw of d normals is longer than sqrt(d) + 8
  // in one of 10^14 cases.
  const auto d = static_cast<double>(size());
  const double eigenvalues = d * std::numeric_limits<double>::epsilon() * covariance_.norm();
  return std::sqrt(eigenvalues) * (std::sqrt(d) + 8) + 1e-12 * mean_.cwiseAbs().maxCoeff();
}

Vector Prior::log_density(const Matrix& x) const {
  Vector density(x.rows());
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance_);
  const bool smooth =
      std::all_of(marginals_.begin(), marginals_.end(), [](const Marginal& m) { return m.smooth(); });
  if (!smooth || factor.info() != Eigen::Success)
    return Vector::Constant(x.rows(), std::numeric_limits<double>::quiet_NaN());
  const Matrix v = numbers(marginals_, x);
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    // log p(x) = log N(v; mean, K) - sum log dx/dv, and log dx/dv = log N(v; 0, 1) - log of the marginal.
    const Vector deviation = v.row(i).transpose() - mean_;
    double value = -0.5 * factor.matrixL().solve(deviation).squaredNorm();
    for (Eigen::Index j = 0; j < size(); ++j) {
      value += marginals_[static_cast<std::size_t>(j)].log_density(x(i, j)) + 0.5 * v(i, j) * v(i, j);
    }
    density(i) = value;
  }
  return density;
}

}  // namespace scorefem::problem
