#pragma once

#include <string>
#include <vector>

#include "pipeline/base/run_log.h"
#include "pipeline/densities/density_study.h"
#include "pipeline/study/redo.h"

namespace scorefem::densities {

/// What the study's commands share.
struct DensityContext {
  const DensityStudy& study;
  base::RunLog& log;
  study::Redo& redo;  //!< --force
};

/// Reference sets of one density, one for each conditioning value.
struct DensityReference {
  std::vector<std::vector<double>> x;  //!< from the test pairs
  std::vector<double>
      floor;  //!< transport cost to a second, independent set: what a perfect model would have
};

/// OUTPUT/reference_DENSITY.h5
std::string reference_path(const DensityStudy& study, Density density);

/// Draws the reference sets and keeps them, with the joint density on a grid, in OUTPUT/reference_DENSITY.h5
/// for the figures. The floors are taken from there if nothing that they depend on has changed.
/// @throws InputError if a band holds no test pair.
DensityReference make_reference(const DensityContext& context, Density density);

/// Transport cost; a warning in the log if the iteration did not converge.
double logged_cost(const DensityContext& context, const std::string& what, const std::vector<double>& x,
                   const std::vector<double>& y);

}  // namespace scorefem::densities
