#pragma once

#include <memory>
#include <string>

#include "pipeline/base/run_log.h"
#include "pipeline/calibration/answer_measures.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/study/study.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::report {

/// What a learnt posterior is compared with.
struct ExactAnswer {
  std::string
      kind;  //!< reference: by Markov chain Monte Carlo; closed_form: of the unclipped prior; or empty
  std::string inputs;              //!< of the reference, else empty
  calibration::Answer answer;      //!< samples; those of the closed form are clipped at 0
  base::PosteriorMoments moments;  //!< [n, n_unknowns] of the posterior itself; NaN where it is not known
};

/// The reference posteriors of this study, if there are any with a measurement that converged; else null,
/// with a warning if there is a file.
/// @param path of reference.h5
std::shared_ptr<const truth::Reference> usable_reference(const study::Study& study, const std::string& path,
                                                         base::RunLog& log);

/// The posterior of the prior before it is clipped, in closed form; NaN if there is none.
base::PosteriorMoments closed_form_moments(const study::Study& study, const dataset::Dataset& dataset,
                                           const posterior::Posterior& posterior,
                                           const problem::Noise& noise);

/// For the measurements of a posterior: the reference if there is one, else the closed form if the problem is
/// linear, else nothing. Nothing without noise either: where the observations determine the unknowns the
/// posterior is a point, the truth, and elsewhere the clipping shapes it, which the closed form does not
/// know.
/// @param reference null if there is none
/// @throws InputError if the reference was made for other measurements
ExactAnswer exact_answer(const study::Study& study, const dataset::Dataset& dataset,
                         const posterior::Posterior& posterior, const problem::Noise& noise,
                         const std::shared_ptr<const truth::Reference>& reference);

}  // namespace scorefem::report
