#pragma once

#include <optional>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// How large the error is that the forward model's discretisation makes, and what to do, for a person: where
/// it is more than a tenth of the noise's standard deviation or, without a noise that is known, more than 1 %
/// of a sample's largest observation. Nothing behind the data set can see it: the exact posterior is that of
/// the same wrong model. As measured on the first test samples; at least so large against the noise, since it
/// is taken at the sample's observation where it says the least.
/// @return none if the error is small, was not measured, or samples had no solution
/// @throws InputError as Dataset::read() and resolve_noise()
std::optional<std::string> discretisation_warning(const study::Study& study, const Dataset& dataset);

}  // namespace scorefem::dataset
