#pragma once

#include <memory>
#include <vector>

#include "pipeline/dataset/dataset_arrays.h"
#include "pipeline/dataset/sensor_mask.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// Samples and the failures among them.
struct SolvedBlock {
  SampleBlock samples;
  std::vector<FailedSample> failures;
};

/// Unknowns of rows of a split [n, n_unknowns].
solver::Matrix draw_unknowns(const study::Study& study, Split split, RowRange rows);
/// The Gaussian vectors behind them, see problem::Prior.
solver::Matrix draw_latent(const study::Study& study, Split split, RowRange rows);

/// The unknowns and observations that a study defines. A sample's unknowns, noise and mask depend on the
/// seed, the split and its row alone, bit for bit; its observations besides on the model's rounding.
class PairSequence {
 public:
  /// Makes the forward model. Collective over all ranks where the model needs them all, as is everything that
  /// solves.
  explicit PairSequence(const study::Study& study);

  const DatasetShape& shape() const { return shape_; }
  /// Draws rows of a split and solves the forward problem for them.
  SolvedBlock solve(Split split, RowRange rows);
  /// Unknowns alone [n, n_unknowns].
  solver::Matrix unknowns(Split split, RowRange rows) const;
  problem::ForwardModel& model() { return *model_; }

 private:
  std::uint64_t seed_;
  DatasetShape shape_;
  std::shared_ptr<const problem::Prior> prior_;
  SensorMask mask_;
  std::unique_ptr<problem::ForwardModel> model_;
};

}  // namespace scorefem::dataset
