#include "pipeline/dataset/pair_sequence.h"

#include "diffusion/numerics/counter_random.h"

namespace scorefem::dataset {
namespace {

/// Test samples have indices of their own, so that the test set stays when the training set grows.
std::uint64_t sample_index(Split split, Eigen::Index row) {
  return (split == Split::test ? std::uint64_t{1} << 40 : 0) + static_cast<std::uint64_t>(row);
}

DatasetShape shape_of(const study::Study& study) {
  return {{{study.data.train, study.data.test}},
          static_cast<Eigen::Index>(study.forward.channel.n_segments()),
          static_cast<Eigen::Index>(study.sensors.resolved().size())};
}

SensorMask mask_of(const study::Study& study, const DatasetShape& shape) {
  if (study.data.mask_file.empty()) return {study.seed, study.data.mask_probability, shape.n_sensors};
  return {study.data.mask_file, shape.n_sensors, shape.rows.total()};
}

}  // namespace

PairSequence::PairSequence(const study::Study& study)
    : seed_(study.seed),
      shape_(shape_of(study)),
      prior_(study.prior, study.forward.channel),
      mask_(mask_of(study, shape_)),
      model_(solver::make_forward_model(study.forward, study.sensors.resolved())) {}

solver::Matrix draw_flux(const study::Study& study, Split split, RowRange rows) {
  return draw_unclipped_flux(study, split, rows).cwiseMax(0.0);
}

solver::Matrix draw_unclipped_flux(const study::Study& study, Split split, RowRange rows) {
  const FluxPrior prior(study.prior, study.forward.channel);
  return prior.draw_unclipped(study.seed, sample_index(split, rows.begin), rows.size());
}

solver::Matrix PairSequence::flux(Split split, RowRange rows) const {
  return prior_.draw(seed_, sample_index(split, rows.begin), rows.size());
}

SolvedBlock PairSequence::solve(Split split, RowRange rows) {
  const Eigen::Index n = rows.size();
  const std::uint64_t first_index = sample_index(split, rows.begin);
  const Eigen::Index first_in_sequence = rows.begin + (split == Split::test ? shape_.rows[Split::train] : 0);
  SolvedBlock block;
  block.samples.flux = flux(split, rows);
  block.samples.mask = mask_.draw(first_in_sequence, first_index, n);
  block.samples.noise.resize(n, shape_.n_sensors);
  const diffusion::CounterRandom noise(seed_, diffusion::Stream::measurement_noise);
  for (Eigen::Index i = 0; i < n; ++i) {
    noise.normals(first_index + static_cast<std::uint64_t>(i), block.samples.noise.row(i).data(),
                  static_cast<std::size_t>(shape_.n_sensors));
  }
  solver::Observations observations = model_->observe(block.samples.flux);
  block.samples.concentration = std::move(observations.concentration);
  for (const solver::SampleFailure& failure : observations.failures) {
    block.failures.push_back({split, rows.begin + failure.row, failure.reason});
  }
  return block;
}

}  // namespace scorefem::dataset
