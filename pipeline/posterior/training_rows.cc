#include "pipeline/posterior/training_rows.h"

#include <algorithm>
#include <cstdint>

#include "pipeline/base/streams.h"
#include "pipeline/posterior/matrix_text.h"

namespace scorefem::posterior {

using problem::Measurements;
using solver::Matrix;

namespace {

// Keys of the metadata.
constexpr const char* kRows = "training_observations";
constexpr const char* kResponse = "linear_response";

}  // namespace

TrainingRows training_rows(const dataset::Dataset& dataset, Eigen::Index most, bool with_masks) {
  const Eigen::Index n = std::min(most, dataset.shape().rows[dataset::Split::train]);
  dataset::SampleBlock block = dataset.read(dataset::Split::train, 0, n).finite();
  Measurements clean = with_masks ? Measurements(std::move(block.observations), block.mask.array() > 0)
                                  : Measurements(std::move(block.observations));
  return {std::move(clean), std::move(block.noise)};
}

void add_training_rows(const dataset::Dataset& dataset, bool with_masks, Metadata& metadata) {
  constexpr Eigen::Index kNumbers = 60000, kFewest = 300, kMost = 4000;
  const Eigen::Index m = dataset.shape().n_observations;
  const TrainingRows rows = training_rows(dataset, std::clamp(kNumbers / m, kFewest, kMost), with_masks);
  if (rows.clean.rows() > 0) metadata[kRows] = matrix_text(rows.clean.to_nan());
  if (dataset.has_response()) metadata[kResponse] = matrix_text(dataset.response());
}

TrainingRows training_rows(const Metadata& metadata) {
  const auto found = metadata.find(kRows);
  if (found == metadata.end()) return {};
  TrainingRows rows{Measurements::from_nan(matrix_from_text(found->second)), {}};
  rows.normal.resize(rows.clean.rows(), rows.clean.columns());
  const diffusion::CounterRandom random(1, base::streams::measurement_noise);
  for (Eigen::Index i = 0; i < rows.clean.rows(); ++i)
    random.normals(static_cast<std::uint64_t>(i), rows.normal.row(i).data(),
                   static_cast<std::size_t>(rows.normal.cols()));
  return rows;
}

std::optional<Matrix> known_response(const Metadata& metadata) {
  const auto found = metadata.find(kResponse);
  if (found == metadata.end()) return std::nullopt;
  return matrix_from_text(found->second);
}

}  // namespace scorefem::posterior
