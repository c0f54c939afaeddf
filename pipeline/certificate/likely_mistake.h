#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/posterior/training_distance.h"
#include "pipeline/problem/layout.h"

namespace scorefem::certificate {

/// What training sees of measurements.
using Seen = std::function<problem::Measurements(const problem::Measurements&)>;

/// What may have happened to measurements that are unlike those of training: for each the simplest change
/// after which it is like them, as a clause for a person ("multiplied by 0.001 it would not be: another
/// unit?"); empty if none of these is: without a single observation, or without those that are a usual mark
/// for a missing value (-9999 and such); another unit (powers of ten, minutes, hours, the other sign, degrees
/// Celsius for kelvin); observations in reverse order, all or within their groups; shifted by one.
/// @param measurements [n, n_observations], as the user has them
/// @param seen nothing is said where this is more than a column for each observation
std::vector<std::string> likely_mistakes(const posterior::TrainingMeasurements& training,
                                         const problem::Measurements& measurements,
                                         const problem::Layout& observations, const Seen& seen);

}  // namespace scorefem::certificate
