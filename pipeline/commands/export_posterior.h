#pragma once

#include <string>
#include <vector>

namespace scorefem::commands {

/// What `export` writes: netcdf (STEM.nc), csv (STEM_samples.csv and STEM_summary.csv), report
/// (STEM_report.html and STEM_figures/).
const std::vector<std::string>& export_formats();

/// Writes a posterior of `sample` or `infer` for other programs; needs no configuration.
/// @param formats of export_formats(); empty: all of them
/// @param stem path of what is written, without ending; empty: that of the posterior
/// @throws InputError if the posterior cannot be used
void export_posterior(const std::string& posterior, const std::vector<std::string>& formats,
                      const std::string& stem);

}  // namespace scorefem::commands
