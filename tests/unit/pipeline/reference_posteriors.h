#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem {

/// Standard normals, the same in each run.
inline solver::Matrix normals(Eigen::Index rows, Eigen::Index columns) {
  solver::Matrix values(rows, columns);
  diffusion::CounterRandom(23, diffusion::Stream::user).normals(0, values.data(), values.size());
  return values;
}

inline truth::ForwardMap linear_map(const solver::Matrix& response) {
  return [response](const solver::Matrix& flux) -> solver::Matrix { return flux * response.transpose(); };
}

/// The posteriors of some rows, in the order of the rows.
inline std::vector<truth::ReferencePosterior> sampled(const truth::LatentPosterior& posterior,
                                                      const problem::Measurements& measurement,
                                                      const std::vector<Eigen::Index>& rows,
                                                      const study::ReferenceOptions& options,
                                                      std::uint64_t seed) {
  std::map<Eigen::Index, truth::ReferencePosterior> finished;
  truth::sample_references(posterior, measurement, rows, options, seed,
                           [&](Eigen::Index row, const truth::ReferencePosterior& result) {
                             EXPECT_TRUE(finished.emplace(row, result).second) << row;
                           });
  std::vector<truth::ReferencePosterior> results;
  for (const Eigen::Index row : rows) results.push_back(finished.at(row));
  return results;
}

/// A small smooth response: sensors see means over neighbouring fluxes.
inline solver::Matrix smoothing_response(Eigen::Index n_observations, Eigen::Index n_unknowns) {
  solver::Matrix response(n_observations, n_unknowns);
  for (Eigen::Index i = 0; i < n_observations; ++i) {
    for (Eigen::Index j = 0; j < n_unknowns; ++j) {
      const double distance = static_cast<double>(i) / n_observations - static_cast<double>(j) / n_unknowns;
      response(i, j) = std::exp(-20 * distance * distance);
    }
  }
  return response;
}

}  // namespace scorefem
