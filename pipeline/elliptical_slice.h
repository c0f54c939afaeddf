#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "solver/matrix.h"

namespace scorefem {

/// Logarithm of the target density, up to a constant for each chain; not finite where the density is zero or
/// could not be computed.
/// @param states [n, dimension]; @param chain of each row [n], not descending; @return [n]
using LogDensity =
    std::function<solver::Vector(const solver::Matrix& states, const std::vector<Eigen::Index>& chain)>;

/// The density whose ellipses the chains move on: standard normal, or a standard Student t, whose heavier
/// tails keep chains from sticking where the target's are heavier than a normal's.
struct EllipseBase {
  std::optional<int> degrees_of_freedom;  //!< of the Student t, >= 1; empty: normal

  /// Logarithm of the density, up to a constant, from the squared distance to the centre.
  double log_density(double squared_distance, Eigen::Index dimension) const;
};

/// Where chains are.
struct ChainStates {
  solver::Matrix state;               //!< [n_chains, dimension]
  std::vector<std::uint64_t> number;  //!< of each chain in the random number sequences, < 2^32
  std::uint64_t iteration = 0;        //!< iterations so far, < 2^32
};

/// What chains visited.
struct ChainDraws {
  std::vector<solver::Matrix> draws;      //!< for each chain [n_iterations, dimension]
  std::vector<std::int64_t> evaluations;  //!< of the density, for each chain
  std::vector<std::int64_t> failures;     //!< among them those whose result was not finite, for each chain
};

/// Generalised elliptical slice sampling (Murray, Adams and MacKay, AISTATS 2010; Nishihara, Murray and
/// Adams, JMLR 15, 2014): the target is base times ratio, an iteration moves on an ellipse through the state
/// and a draw from the base, to a point where the ratio exceeds a random height. There is no step size, and
/// no proposal is lost: each one that is rejected narrows the arc. All chains put one proposal at a time into
/// the same batch, and go on to their next iteration independently of each other. A chain's random numbers
/// depend on (seed, its number, its iteration) alone.
/// @param chains advanced by n_iterations
ChainDraws elliptical_slice(const LogDensity& log_density, const EllipseBase& base, std::uint64_t seed,
                            ChainStates& chains, Eigen::Index n_iterations);

}  // namespace scorefem
