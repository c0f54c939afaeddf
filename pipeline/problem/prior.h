#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/configuration/config_section.h"
#include "pipeline/problem/layout.h"
#include "pipeline/problem/marginal.h"
#include "solver/matrix.h"

namespace scorefem::problem {

/// What is known of the unknowns before anything is measured: each is a value of its marginal, x_j =
/// T_j(v_j), at a Gaussian vector v ~ N(mean, covariance). With marginals that change nothing this is a
/// Gaussian; with `clipped` ones, a Gaussian process that is clipped at 0; with a covariance of I and the
/// marginals of distributions, independent components.
class Prior {
 public:
  /// @param mean [d]; @param covariance [d, d], may be singular; @param marginals d of them
  /// @throws std::invalid_argument if the sizes differ or the covariance is not symmetric and finite
  Prior(solver::Vector mean, solver::Matrix covariance, std::vector<Marginal> marginals);

  Eigen::Index size() const { return mean_.size(); }
  /// Of v.
  const solver::Vector& mean() const { return mean_; }
  const solver::Matrix& covariance() const { return covariance_; }
  const std::vector<Marginal>& marginals() const { return marginals_; }
  /// Whether x is v, so that a linear forward model with Gaussian noise has a Gaussian posterior.
  bool is_gaussian() const;
  /// Whether x is v clipped at 0, so that v has moments like x's and can be learnt in its place.
  bool is_clipped() const;

  /// x for v, [n, d].
  solver::Matrix unknowns(const solver::Matrix& v) const { return values(marginals_, v); }
  /// Samples `first`, ..., `first + n - 1` of the sequence that belongs to `seed`, [n, d]; each depends on
  /// its index alone, bit for bit.
  solver::Matrix draw(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const;
  /// v of the same samples.
  solver::Matrix draw_latent(std::uint64_t seed, std::uint64_t first, Eigen::Index n) const;
  /// By how much a component of v of the same sample may differ on another processor, or with another
  /// compiler.
  double draw_rounding() const;
  /// Logarithm of the density of x up to a constant, [n]; NaN if it has none (clipped, or singular).
  solver::Vector log_density(const solver::Matrix& x) const;

 private:
  solver::Vector mean_;
  solver::Matrix covariance_;
  std::vector<Marginal> marginals_;
  solver::Matrix square_root_;  // symmetric: K = S S. K may be singular, where Cholesky would need a nugget.
};

/// What a configuration says about a prior.
class PriorSetup {
 public:
  virtual ~PriorSetup() = default;
  virtual std::unique_ptr<PriorSetup> clone() const = 0;
  /// The keys of `prior` after `model`.
  virtual void describe(configuration::Section& s) = 0;
  /// Null where the prior is not known, as for pairs that were made elsewhere.
  /// @throws base::KeyError, or base::InputError naming a file, if the configuration does not fit the
  /// unknowns
  virtual std::shared_ptr<const Prior> make(const Layout& unknowns) const = 0;
  /// Whether the prior is a Gaussian clipped at 0.
  virtual bool clips() const { return false; }
  /// Fingerprints of files that it reads: what the data depend on besides the keys.
  virtual std::string file_fingerprint() const { return ""; }
};

}  // namespace scorefem::problem
