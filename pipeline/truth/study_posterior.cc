#include "pipeline/truth/study_posterior.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "diffusion/numerics/team.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/study/load_study.h"

namespace scorefem::truth {

using solver::Matrix;

StudyPosterior::StudyPosterior(const study::Study& study, std::optional<Matrix> response,
                               std::shared_ptr<const problem::Noise> noise, std::function<void(long)> tick)
    : study_(study),
      tick_(std::move(tick)),
      forward_(forward_map(std::move(response))),
      latent_(study::make_prior(study), study.reference.clip, forward_, std::move(noise)) {
  use_derivatives();
}

ForwardMap StudyPosterior::forward_map(std::optional<Matrix> response) {
  if (!response) {
    model_ = study::make_forward_model(study_);
    response = model_->response();
  }
  linear_ = response.has_value();
  if (linear_) {
    return [matrix = *std::move(response)](const Matrix& unknowns) -> Matrix {
      return unknowns * matrix.transpose();
    };
  }
  return [this](const Matrix& unknowns) {
    n_solves_ += unknowns.rows();
    tick_(n_solves_);
    return model_->observe(unknowns).values;
  };
}

void StudyPosterior::use_derivatives() {
  if (!model_ || linear_) return;
  const problem::ForwardModel::Derivatives offered = model_->derivatives();
  if (!offered.gradient && !offered.jacobian) return;
  latent_.use([this](const Matrix& unknowns, Eigen::Index n_observations) {
    tick_(n_solves_);
    return problem::jacobians(*model_, unknowns, n_observations);
  });
}

void StudyPosterior::sample(const problem::Measurements& measurement, const std::vector<Eigen::Index>& rows,
                            std::uint64_t seed, const TakePosterior& take) const {
  // The solver has threads of its own and wants large batches.
  const auto together = [&](const std::vector<Eigen::Index>& some, const TakePosterior& take_some) {
    sample_references(latent_, measurement, some, study_.reference, seed, take_some);
  };
  if (!linear_) return together(rows, take);
  // The matrix product has and wants neither: some measurements at a time, each on a thread.
  constexpr std::size_t kAtATime = 20;
  for (std::size_t begin = 0; begin < rows.size(); begin += kAtATime) {
    std::vector<std::optional<ReferencePosterior>> posteriors(std::min(kAtATime, rows.size() - begin));
    const auto n = static_cast<std::int64_t>(posteriors.size());
    diffusion::for_each_index(n, study_.threads, [&](std::int64_t k) {
      if (base::interrupt_requested()) return;
      const auto i = static_cast<std::size_t>(k);
      together({rows[begin + i]},
               [&](Eigen::Index, const ReferencePosterior& posterior) { posteriors[i] = posterior; });
    });
    for (std::size_t i = 0; i < posteriors.size(); ++i) {
      if (posteriors[i]) take(rows[begin + i], *posteriors[i]);
    }
    tick_(0);
  }
}

}  // namespace scorefem::truth
