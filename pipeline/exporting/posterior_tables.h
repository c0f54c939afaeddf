#pragma once

#include <string>

#include "pipeline/posterior/posterior_file.h"

namespace scorefem::exporting {

/// CSV of all samples: columns `measurement` (from 1), `sample` (from 1) and each unknown by its name, a row
/// for each sample, 9 digits (float32 reads back the same).
void write_samples_csv(const posterior::Posterior& posterior, const std::string& path);

/// CSV of what the samples say of each unknown: measurement, unknown, group, unit, mean, sd (divided by n -
/// 1), and the 5, 50 and 95 % quantiles (linear between the samples, as numpy.quantile); a row for each
/// unknown of each measurement.
void write_summary_csv(const posterior::Posterior& posterior, const std::string& path);

}  // namespace scorefem::exporting
