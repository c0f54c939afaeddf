#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"
#include "pipeline/truth/latent_posterior.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem::truth {

/// The exact posteriors of a study's unknowns: its prior, its forward model, noise with a likelihood.
class StudyPosterior {
 public:
  /// Makes the forward model, which may need the runtime of solver/runtime.h, unless its response is given.
  /// @param study must outlive it
  /// @param response G [n_observations, n_unknowns] of a linear model, if it is known
  /// @param noise with a likelihood
  /// @param tick called now and then, with the number of forward solves so far (0 where a product does);
  ///        what it throws ends the work
  StudyPosterior(const study::Study& study, std::optional<solver::Matrix> response,
                 std::shared_ptr<const problem::Noise> noise, std::function<void(long)> tick);

  StudyPosterior(const StudyPosterior&) = delete;  // its maps refer to it
  StudyPosterior& operator=(const StudyPosterior&) = delete;

  const LatentPosterior& latent() const { return latent_; }
  /// The noise-free observations [n, n_observations] of unknowns; NaN where no solution was found.
  solver::Matrix observe(const solver::Matrix& unknowns) const { return forward_(unknowns); }
  /// Draws with the study's reference options; parameters as for sample_references().
  /// @throws base::Interrupted after a signal
  void sample(const problem::Measurements& measurement, const std::vector<Eigen::Index>& rows,
              std::uint64_t seed, const TakePosterior& take) const;
  /// "1.2e+06 forward solves, ..."; empty if nothing was solved.
  std::string effort() const { return model_ ? model_->effort() : ""; }

 private:
  ForwardMap forward_map(std::optional<solver::Matrix> response);
  /// Those of the model where it has some, as a server may.
  void use_derivatives();

  const study::Study& study_;
  std::function<void(long)> tick_;
  bool linear_ = false;
  std::unique_ptr<problem::ForwardModel> model_;
  long n_solves_ = 0;
  ForwardMap forward_;
  LatentPosterior latent_;
};

}  // namespace scorefem::truth
