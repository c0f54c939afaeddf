#pragma once

#include <string>
#include <vector>

#include "pipeline/density_study.h"
#include "pipeline/run_log.h"

namespace scorefem {

/// What the study's commands share.
struct DensityContext {
  const DensityStudy& study;
  RunLog& log;
  bool force = false;  //!< redo even if nothing changed
};

/// Reference sets of one density, one for each conditioning value.
struct Reference {
  std::vector<std::vector<double>> x;  //!< from the test pairs
  std::vector<double>
      floor;  //!< transport cost to a second, independent set: what a perfect model would have
};

/// Draws the reference sets and keeps them, with the joint density on a grid, in OUTPUT/reference_DENSITY.h5
/// for the figures. The floors are taken from there if nothing that they depend on has changed.
/// @throws InputError if a band holds no test pair.
Reference make_reference(const DensityContext& context, Density density);

/// Transport cost; a warning in the log if the iteration did not converge.
double logged_cost(const DensityContext& context, const std::string& what, const std::vector<double>& x,
                   const std::vector<double>& y);

}  // namespace scorefem
