#pragma once

#include <string>

#include "pipeline/study/stage.h"

namespace scorefem::commands {

/// What is asked about one's own measurements.
struct InferOptions {
  std::string measurement;  //!< CSV, one measurement vector a row; an empty field or `nan` is missing
  std::string output;       //!< HDF5 to write (posterior_format.md)
  bool reference = false;   //!< draw the exact posteriors too
  bool correct = false;     //!< weight the learnt posteriors to the exact ones, with a certificate
  std::string density;      //!< CSV of unknowns whose log density is asked for, one vector a row; empty: none
  bool repeated = false;    //!< the rows are independent measurements of the same unknowns
  bool strict = false;      //!< a measurement that a check finds wrong is an error, after all is written

  /// Whether the forward model is needed, whatever is in the data set.
  bool solves() const { return reference || correct; }
};

/// Posterior samples for the user's own measurements, and tables of them on standard output. Before anything
/// is drawn the measurements are compared with those of training, and then with what their posteriors
/// predict; one that is unlike them is warned of, and the figures are in the file. Needs the runtime of
/// solver/runtime.h unless the problem is linear and not options.solves().
/// @throws InputError for an unusable file, a model of another configuration, a missing observation where the
///         model was not trained with masks, or what noise, prior or network do not allow; NotCalibrated for
///         options.strict
void infer(const study::StageContext& context, const InferOptions& options);

}  // namespace scorefem::commands
