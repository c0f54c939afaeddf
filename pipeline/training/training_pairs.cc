#include "pipeline/training/training_pairs.h"

#include "pipeline/base/errors.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/dataset/tensor_copy.h"

namespace scorefem::training {

diffusion::Pairs training_pairs(const study::Study& study, const dataset::Dataset& dataset,
                                const problem::Noise& noise, const dataset::NetworkCoordinates& coordinates,
                                const dataset::ObservationEncoding& encoding) {
  const dataset::RowRange rows{0, dataset.shape().rows[dataset::Split::train]};
  dataset::SampleBlock block = dataset.read(dataset::Split::train, rows.begin, rows.size());
  if (study.model.positive) {
    constexpr double kRounding = 1e-9;  // of another processor
    solver::Matrix latent = dataset::draw_latent(study, dataset::Split::train, rows);
    const solver::Matrix drawn = study::make_prior(study)->unknowns(latent);
    if ((drawn - block.unknowns).cwiseAbs().maxCoeff() > kRounding * block.unknowns.maxCoeff()) {
      throw base::InputError(
          "/train/unknowns of the data set: not what seed and prior of the configuration give; "
          "expected with model.positive, which learns the prior before its clipping");
    }
    block.unknowns = std::move(latent);
  } else {
    block.unknowns = coordinates.of(block.unknowns);
  }
  return dataset::to_pairs(block, noise, encoding);
}

}  // namespace scorefem::training
