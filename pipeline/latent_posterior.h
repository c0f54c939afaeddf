#pragma once

#include <functional>
#include <vector>

#include "pipeline/flux_prior.h"
#include "solver/matrix.h"

namespace scorefem {

/// Fluxes [n, n_segments] to noise-free concentrations [n, n_sensors]; a row of NaN where no solution was
/// found.
using ForwardMap = std::function<solver::Matrix(const solver::Matrix& flux)>;

/// The posterior of fluxes x = max(0, mean + z), z ~ N(0, K), given y = F(x) + noise, in coordinates u in
/// which the prior is standard normal: z = S u, K = S S^T. Directions in which the prior's standard deviation
/// is below 1e-6 of the largest are left out. Thread-safe if the forward map is.
class LatentPosterior {
 public:
  /// @param covariance K [n_segments, n_segments], flux^2
  /// @param clip false: x = mean + z
  /// @param noise_std concentration, > 0
  LatentPosterior(double prior_mean, const solver::Matrix& covariance, bool clip, ForwardMap forward,
                  double noise_std);

  Eigen::Index dimension() const { return root_.cols(); }
  /// mean + z [n, n_segments] for coordinates [n, dimension].
  solver::Matrix latent_flux(const solver::Matrix& u) const;
  /// x of mean + z, [n, n_segments].
  solver::Matrix flux(const solver::Matrix& latent_flux) const;

  /// Logarithm of the density, up to a constant; NaN where the forward map found no solution.
  /// @param u [n, dimension]; @param measurement [n, n_sensors], concentration, NaN where a sensor is off
  solver::Vector log_density(const solver::Matrix& u, const solver::Matrix& measurement) const;

  /// What the data miss, and how that changes, at a point.
  struct Linearisation {
    solver::Vector residual;  //!< (y - F) / noise_std [n_sensors], 0 where a sensor is off
    solver::Matrix jacobian;  //!< of F / noise_std by u [n_sensors, dimension], forward differences
    bool found;               //!< whether all solutions were
  };
  /// At each point, in one batch; parameters as for log_density().
  std::vector<Linearisation> linearise(const solver::Matrix& u, const solver::Matrix& measurement) const;

 private:
  /// (y - F) / noise_std [n, n_sensors] for latent fluxes.
  solver::Matrix residuals(const solver::Matrix& latent_flux, const solver::Matrix& measurement) const;

  double mean_;
  solver::Matrix root_;  // S [n_segments, dimension]
  double prior_stddev_;  // flux, the largest of a segment
  bool clip_;
  ForwardMap forward_;
  double noise_std_;
};

}  // namespace scorefem
