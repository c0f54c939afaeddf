#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "pipeline/truth/elliptical_slice.h"

namespace scorefem {

/// Where chains are.
struct ChainStates {
  solver::Matrix state;               //!< [n_chains, dimension]
  std::vector<std::uint64_t> number;  //!< of each chain
  std::uint64_t iteration = 0;        //!< iterations so far
};

/// What chains visited.
struct ChainDraws {
  std::vector<solver::Matrix> draws;      //!< for each chain [n_iterations, dimension]
  std::vector<std::int64_t> evaluations;  //!< of the density, for each chain
  std::vector<std::int64_t> failures;     //!< among them
};

/// Runs chains one after the other. @param log_density [dimension] -> its logarithm
/// @param chains advanced by n_iterations
inline ChainDraws run_chains(const std::function<double(const solver::Vector&)>& log_density,
                             const truth::EllipseBase& base, std::uint64_t seed, ChainStates& chains,
                             Eigen::Index n_iterations) {
  ChainDraws result;
  for (Eigen::Index c = 0; c < chains.state.rows(); ++c) {
    truth::SliceChain chain(base, seed, chains.number[static_cast<std::size_t>(c)], chains.iteration,
                            chains.state.row(c));
    solver::Matrix draws(n_iterations, chains.state.cols());
    for (Eigen::Index i = 0; i < n_iterations; ++i) {
      while (!chain.advance(log_density(chain.point()))) {
      }
      draws.row(i) = chain.state();
    }
    chains.state.row(c) = chain.state();
    result.draws.push_back(draws);
    result.evaluations.push_back(chain.evaluations());
    result.failures.push_back(chain.failures());
  }
  chains.iteration += static_cast<std::uint64_t>(n_iterations);
  return result;
}

}  // namespace scorefem
