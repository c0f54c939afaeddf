#pragma once

#include <memory>
#include <string>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/dataset.h"
#include "pipeline/posterior_file.h"
#include "pipeline/reference_file.h"
#include "pipeline/stage.h"

namespace scorefem {

/// What a learnt posterior is compared with.
struct ExactAnswer {
  std::string
      kind;  //!< reference: by Markov chain Monte Carlo; closed_form: of the unclipped prior; or empty
  std::string inputs;        //!< of the reference, else empty
  Answer answer;             //!< samples; those of the closed form are clipped at 0
  PosteriorMoments moments;  //!< [n, n_segments] of the posterior itself; NaN where it is not known
};

/// The reference posteriors of this study, if there are any with a measurement that converged; else null,
/// with a warning if there is a file.
std::shared_ptr<const Reference> usable_reference(const StageContext& context);

/// The posterior of the prior before it is clipped, in closed form; NaN if the problem is not linear.
PosteriorMoments closed_form_moments(const StageContext& context, const Dataset& dataset,
                                     const Posterior& posterior);

/// For the measurements of a posterior: the reference if there is one, else the closed form if the problem is
/// linear, else nothing. Nothing without noise either: where the sensors determine the flux the posterior is
/// a point, the truth, and elsewhere the clipping shapes it, which the closed form does not know.
/// @param reference null if there is none
/// @throws InputError if the reference was made for other measurements
ExactAnswer exact_answer(const StageContext& context, const Dataset& dataset, const Posterior& posterior,
                         const std::shared_ptr<const Reference>& reference);

}  // namespace scorefem
