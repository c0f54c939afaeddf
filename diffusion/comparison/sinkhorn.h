#pragma once

#include <vector>

namespace scorefem::diffusion {

/// Entropically regularised optimal transport between two sets of samples.
struct SinkhornOptions {
  double regularisation = 0.01;  //!< epsilon of <P, M> - epsilon H(P), unit of the cost, > 0
  double tolerance = 1e-4;       //!< largest sum of |marginal of P - weight| over both marginals, > 0
  int max_iterations = 20000;    //!< >= 1

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

struct SinkhornResult {
  double cost;            //!< <P, M> of the optimal plan P, without the entropy
  double marginal_error;  //!< what the tolerance bounds
  int iterations;
  bool converged;  //!< false: max_iterations came first
};

/// Transport cost between samples of two distributions on the line, all of equal weight, for the cost
/// |x - y| (Cuturi, "Sinkhorn distances", NIPS 2013; paper, Table 2). The iteration is over-relaxed and in
/// the log domain. In one dimension the kernel exp(-|x - y| / epsilon) is a one-term recursion along the
/// sorted samples from the left plus one from the right, so that an iteration takes O(n + m) operations and
/// memory instead of O(n m). Throws std::invalid_argument for bad options, empty sets, values that are not
/// finite and distances that are not, in units of the regularisation.
SinkhornResult sinkhorn_cost(std::vector<double> x, std::vector<double> y,
                             const SinkhornOptions& options = {});

}  // namespace scorefem::diffusion
