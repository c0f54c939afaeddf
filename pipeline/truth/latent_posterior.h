#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "pipeline/problem/noise.h"
#include "pipeline/problem/prior.h"
#include "solver/matrix.h"

namespace scorefem::truth {

/// Unknowns [n, n_unknowns] to noise-free observations [n, n_observations]; a row of NaN where no solution
/// was found.
using ForwardMap = std::function<solver::Matrix(const solver::Matrix& unknowns)>;

/// Unknowns [n, n_unknowns] to the derivative of the observations at each, [n_observations, n_unknowns].
using DerivativeMap =
    std::function<std::vector<solver::Matrix>(const solver::Matrix& unknowns, Eigen::Index n_observations)>;

/// The posterior of unknowns x = T(v), v ~ N(mean, K), given a measurement y of F(x), in coordinates u in
/// which the prior is standard normal: v = mean + S u, K = S S^T. Directions in which the prior's standard
/// deviation is below 1e-6 of the largest are left out. Thread-safe if the forward map is.
class LatentPosterior {
 public:
  /// @param transform false: x = v, as if the prior were Gaussian
  /// @param noise with a likelihood
  LatentPosterior(std::shared_ptr<const problem::Prior> prior, bool transform, ForwardMap forward,
                  std::shared_ptr<const problem::Noise> noise);

  /// Derivatives of the forward map, for linearise(): without them it takes differences.
  void use(DerivativeMap derivative) { derivative_ = std::move(derivative); }

  Eigen::Index dimension() const { return root_.cols(); }
  /// v [n, n_unknowns] for coordinates [n, dimension].
  solver::Matrix latent(const solver::Matrix& u) const;
  /// x for v, [n, n_unknowns].
  solver::Matrix unknowns(const solver::Matrix& latent) const;

  /// Logarithm of the density, up to a constant; NaN where the forward map found no solution.
  /// @param u [n, dimension]; @param measurement [n, n_observations]
  solver::Vector log_density(const solver::Matrix& u, const problem::Measurements& measurement) const;

  /// What the data miss, and how that changes, at a point.
  struct Linearisation {
    solver::Vector residual;  //!< of the noise's likelihood [n_observations], 0 where one is missing
    solver::Matrix jacobian;  //!< of minus the residual by u [n_observations, dimension], see use()
    bool found;               //!< whether all solutions were
  };
  /// At each point, in one batch; parameters as for log_density().
  std::vector<Linearisation> linearise(const solver::Matrix& u,
                                       const problem::Measurements& measurement) const;

 private:
  /// Observations at points and, behind each, at n steps from it [(n + 1) times points, n_observations].
  solver::Matrix observe_around(const solver::Matrix& points, Eigen::Index n) const;

  std::shared_ptr<const problem::Prior> prior_;
  solver::Matrix root_;  // S [n_unknowns, dimension]
  bool transform_;
  ForwardMap forward_;
  DerivativeMap derivative_;  // may be empty
  std::shared_ptr<const problem::Noise> noise_;
};

}  // namespace scorefem::truth
