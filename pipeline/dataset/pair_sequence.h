#pragma once

#include <memory>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/flux_prior.h"
#include "pipeline/dataset/sensor_mask.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// Samples and the failures among them.
struct SolvedBlock {
  SampleBlock samples;
  std::vector<FailedSample> failures;
};

/// Fluxes of rows of a split [n, n_segments].
solver::Matrix draw_flux(const study::Study& study, Split split, RowRange rows);
/// The same before the prior's clipping at 0.
solver::Matrix draw_unclipped_flux(const study::Study& study, Split split, RowRange rows);

/// The fluxes and measurements that a study defines. A sample's flux, noise and mask depend on the seed, the
/// split and its row alone, bit for bit; its concentrations besides on the solver's rounding.
class PairSequence {
 public:
  /// Makes the forward model. Collective over all ranks for Parallel::domain, as is everything that solves.
  explicit PairSequence(const study::Study& study);

  const DatasetShape& shape() const { return shape_; }
  /// Draws rows of a split and solves the forward problem for them.
  SolvedBlock solve(Split split, RowRange rows);
  /// Fluxes alone [n, n_segments].
  solver::Matrix flux(Split split, RowRange rows) const;
  solver::ForwardModel& model() { return *model_; }

 private:
  std::uint64_t seed_;
  DatasetShape shape_;
  FluxPrior prior_;
  SensorMask mask_;
  std::unique_ptr<solver::ForwardModel> model_;
};

}  // namespace scorefem::dataset
