#include "pipeline/training/few_pairs.h"

#include "diffusion/model/held_out_fit.h"

namespace scorefem::training {

bool FewPairs::are_few() const {
  return fitted && diffusion::are_few_pairs(n_pairs, n_features);
}

std::string FewPairs::text() const {
  return std::to_string(n_pairs) + " pairs to train with, and " + std::to_string(n_features) +
         (quadratic ? " observations and products of two (model.centre: quadratic)" : " observations");
}

FewPairs few_pairs(const study::Study& study, const dataset::Dataset& dataset) {
  const auto rows = static_cast<std::int64_t>(dataset.shape().rows[dataset::Split::train]);
  return {rows < 2 ? rows : study.training.training_part(rows),
          diffusion::JointMoments::n_features(dataset.observations().size(), study.model.centre),
          study.model.centre == diffusion::Centre::quadratic, diffusion::has_one_fit(study.model),
          study.model.network == diffusion::Network::gaussian_residual};
}

}  // namespace scorefem::training
