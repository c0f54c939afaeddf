#pragma once

#include <algorithm>
#include <vector>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/posterior/training_rows.h"

namespace scorefem {

/// Observations without noise [n, m], and the standard normal draws for it.
struct KeptPairs {
  solver::Matrix clean;
  solver::Matrix normal;

  solver::Matrix measured(double noise) const { return clean + noise * normal; }

  /// What a training of these pairs keeps.
  posterior::TrainingRows rows() const {
    const std::vector<Eigen::Index> held_out = posterior::held_out_rows(clean.rows(), clean.cols());
    posterior::TrainingRows kept{
        problem::Measurements(clean(held_out, Eigen::all)), normal(held_out, Eigen::all), {}};
    std::vector<Eigen::Index> others;
    for (Eigen::Index i = 0; i < clean.rows(); ++i)
      if (!std::binary_search(held_out.begin(), held_out.end(), i)) others.push_back(i);
    kept.moments.add(clean(others, Eigen::all));
    return kept;
  }
};

/// Standard normal draws.
inline solver::Matrix normals(Eigen::Index n, Eigen::Index columns, std::uint64_t seed, std::uint64_t index) {
  solver::Matrix values(n, columns);
  diffusion::CounterRandom(seed, diffusion::Stream::user)
      .normals(index, values.data(), static_cast<std::size_t>(values.size()));
  return values;
}

}  // namespace scorefem
