#include "pipeline/posterior/training_rows.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "pipeline/base/streams.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/matrix_text.h"

namespace scorefem::posterior {

using dataset::Split;
using problem::Measurements;
using solver::Matrix;

namespace {

// Keys of the metadata. Earlier programs kept rows that were not held out, under another one.
constexpr const char* kRows = "held_out_observations";
constexpr const char* kResponse = "linear_response";

/// Rows and noise are drawn by themselves: the same for all studies.
constexpr std::uint64_t kSeed = 1;

Matrix fresh_normals(Eigen::Index n, Eigen::Index columns) {
  Matrix normal(n, columns);
  const diffusion::CounterRandom random(kSeed, base::streams::measurement_noise);
  for (Eigen::Index i = 0; i < n; ++i)
    random.normals(static_cast<std::uint64_t>(i), normal.row(i).data(), static_cast<std::size_t>(columns));
  return normal;
}

}  // namespace

std::vector<Eigen::Index> held_out_rows(Eigen::Index n, Eigen::Index n_observations) {
  constexpr Eigen::Index kNumbers = 600000, kLeast = 500, kMost = 3999, kFewestSamples = 20;
  if (n < kFewestSamples) return {};
  return drawn_rows(n, std::min(n / 2, std::clamp(kNumbers / n_observations, kLeast, kMost)));
}

std::vector<Eigen::Index> drawn_rows(Eigen::Index n, Eigen::Index n_drawn) {
  const diffusion::CounterRandom random(kSeed, base::streams::held_out);
  std::vector<std::pair<std::uint64_t, Eigen::Index>> order(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < order.size(); ++i) {
    random.words(i, &order[i].first, 1);
    order[i].second = static_cast<Eigen::Index>(i);
  }
  std::nth_element(order.begin(), order.begin() + n_drawn, order.end());
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < n_drawn; ++i) rows.push_back(order[static_cast<std::size_t>(i)].second);
  std::sort(rows.begin(), rows.end());
  return rows;
}

Matrix seen_rows(const Measurements& clean, const Matrix& normal, const problem::Noise& noise,
                 const dataset::ObservationEncoding& encoding) {
  Matrix values = noise.measure(clean.values(), normal);
  return encoding.encodes() ? encoding.of({std::move(values), clean.there()}, noise) : values;
}

TrainingRows training_rows(const dataset::Dataset& dataset, const problem::Noise& noise,
                           const dataset::ObservationEncoding& encoding) {
  const auto n_failed = static_cast<Eigen::Index>(dataset.failed_rows(Split::train).size());
  const Eigen::Index m = dataset.shape().n_observations;
  const std::vector<Eigen::Index> held_out = held_out_rows(dataset.shape().rows[Split::train] - n_failed, m);
  if (held_out.empty()) return {};
  const auto n_held = static_cast<Eigen::Index>(held_out.size());
  TrainingRows result;
  Matrix kept(n_held, m);
  problem::Mask there(n_held, m);
  Eigen::Index n_kept = 0, n_solved = 0;
  dataset.for_each_block(Split::train, [&](dataset::RowRange, dataset::SampleBlock& read) {
    dataset::SampleBlock block = read.finite();
    // Observations that a mask of the study leaves out are known nevertheless.
    const Measurements clean = encoding.encodes()
                                   ? Measurements(std::move(block.observations), block.mask.array() > 0)
                                   : Measurements(std::move(block.observations));
    std::vector<Eigen::Index> others;
    for (Eigen::Index i = 0; i < clean.rows(); ++i, ++n_solved) {
      if (n_kept == n_held || held_out[static_cast<std::size_t>(n_kept)] != n_solved) {
        others.push_back(i);
        continue;
      }
      kept.row(n_kept) = clean.values().row(i);
      there.row(n_kept) = clean.there().row(i);
      ++n_kept;
    }
    const Measurements rest = clean.rows(others);
    result.moments.add(dataset::added_level(noise, encoding) > 0
                           ? rest.values()
                           : seen_rows(rest, block.noise(others, Eigen::all), noise, encoding));
  });
  result.clean = Measurements(std::move(kept), std::move(there)).rows(0, n_kept);
  result.normal = fresh_normals(n_kept, m);
  return result;
}

void add_training_rows(const dataset::Dataset& dataset, const problem::Noise& noise,
                       const dataset::ObservationEncoding& encoding, Metadata& metadata) {
  const TrainingRows rows = training_rows(dataset, noise, encoding);
  if (rows.clean.rows() > 0) {
    metadata[kRows] = matrix_text(rows.clean.to_nan());
    add_moments(rows.moments, metadata);
  }
  if (dataset.has_response()) metadata[kResponse] = matrix_text(dataset.response());
}

TrainingRows training_rows(const Metadata& metadata) {
  const auto found = metadata.find(kRows);
  TrainingMoments moments = moments_of(metadata);
  if (found == metadata.end() || moments.n == 0) return {};
  TrainingRows rows{Measurements::from_nan(matrix_from_text(found->second)), {}, std::move(moments)};
  rows.normal = fresh_normals(rows.clean.rows(), rows.clean.columns());
  return rows;
}

std::optional<Matrix> known_response(const Metadata& metadata) {
  const auto found = metadata.find(kResponse);
  if (found == metadata.end()) return std::nullopt;
  return matrix_from_text(found->second);
}

}  // namespace scorefem::posterior
