#include "pipeline/dataset/pair_sequence.h"

#include "pipeline/study/load_study.h"

#include "pipeline/base/streams.h"
namespace scorefem::dataset {
namespace {

DatasetShape shape_of(const study::Study& study) {
  DatasetShape shape;
  shape.rows = {{study.data.train, study.data.test}};
  shape.n_unknowns = study.forward->unknowns().size();
  shape.n_observations = study.forward->observations().size();
  shape.has_mask = study.data.has_masks();
  return shape;
}

SensorMask mask_of(const study::Study& study, const DatasetShape& shape) {
  if (study.data.mask_file.empty()) return {study.seed, study.data.mask_probability, shape.n_observations};
  return {study.data.mask_file.path, shape.n_observations, shape.rows.total()};
}

}  // namespace

solver::Matrix draw_unknowns(const study::Study& study, Split split, RowRange rows) {
  return study::make_prior(study)->draw(study.seed, sample_index(split, rows.begin), rows.size());
}

solver::Matrix draw_latent(const study::Study& study, Split split, RowRange rows) {
  return study::make_prior(study)->draw_latent(study.seed, sample_index(split, rows.begin), rows.size());
}

PairSequence::PairSequence(const study::Study& study)
    : seed_(study.seed),
      shape_(shape_of(study)),
      prior_(study::make_prior(study)),
      mask_(mask_of(study, shape_)),
      model_(study::make_forward_model(study)) {}

solver::Matrix PairSequence::unknowns(Split split, RowRange rows) const {
  return prior_->draw(seed_, sample_index(split, rows.begin), rows.size());
}

SolvedBlock PairSequence::solve(Split split, RowRange rows) {
  const Eigen::Index n = rows.size();
  const std::uint64_t first_index = sample_index(split, rows.begin);
  const Eigen::Index first_in_sequence = rows.begin + (split == Split::test ? shape_.rows[Split::train] : 0);
  SolvedBlock block;
  block.samples.unknowns = unknowns(split, rows);
  block.samples.mask = mask_.draw(first_in_sequence, first_index, n);
  block.samples.noise = draw_noise(seed_, split, rows.begin, n, shape_.n_observations);
  problem::Observations observed = model_->observe(block.samples.unknowns);
  block.samples.observations = std::move(observed.values);
  for (const problem::Failure& failure : observed.failures) {
    block.failures.push_back({split, rows.begin + failure.row, failure.reason});
  }
  return block;
}

}  // namespace scorefem::dataset
