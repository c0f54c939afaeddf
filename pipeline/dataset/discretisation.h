#pragma once

#include <optional>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/problem/noise.h"

namespace scorefem::dataset {

/// The error that the forward model's discretisation makes, which nothing behind the data set can see: the
/// exact posterior is that of the same wrong model.
struct DiscretisationError {
  double relative = 0;             //!< over a sample's largest observation
  std::optional<double> noise_sd;  //!< in standard deviations of the noise; none where it is not known, or 0

  /// Whether an answer may be wrong by it: more than a tenth of the noise's standard deviation, else more
  /// than 1 %.
  bool is_large() const;
  /// How large it is and what to do, for a person.
  std::string text() const;
};

/// As measured on the first test samples: at least so large against the noise, since it is taken at the
/// sample's observation where it says the least.
/// @return none if it was not measured, or a sample had no solution
/// @throws InputError as Dataset::read().
std::optional<DiscretisationError> discretisation_error(const Dataset& dataset, const problem::Noise& noise);

}  // namespace scorefem::dataset
