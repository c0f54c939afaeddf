#include "pipeline/training/training_pairs.h"

#include "pipeline/base/errors.h"
#include "pipeline/dataset/pair_reader.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/study/load_study.h"

namespace scorefem::training {

diffusion::Pairs training_pairs(const study::Study& study, const dataset::Dataset& dataset,
                                const problem::Noise& noise, const dataset::NetworkCoordinates& coordinates,
                                const dataset::ObservationEncoding& encoding, const std::string& folder) {
  if (!study.model.positive) {
    return dataset::read_training_pairs(
        dataset, noise, encoding,
        [&](dataset::RowRange, dataset::SampleBlock& block) {
          block.unknowns = coordinates.of(block.unknowns);
        },
        folder);
  }
  const std::shared_ptr<const problem::Prior> prior = study::make_prior(study);
  return dataset::read_training_pairs(
      dataset, noise, encoding,
      [&](dataset::RowRange rows, dataset::SampleBlock& block) {
        solver::Matrix latent = dataset::draw_latent(study, dataset::Split::train, rows);
        if ((prior->unknowns(latent) - block.unknowns).cwiseAbs().maxCoeff() > prior->draw_rounding()) {
          throw base::InputError(
              "/train/unknowns of the data set: not what seed and prior of the configuration give; "
              "expected with model.positive, which learns the prior before its clipping");
        }
        block.unknowns = std::move(latent);
      },
      folder);
}

}  // namespace scorefem::training
