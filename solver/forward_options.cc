#include "solver/forward_options.h"

#include <cmath>

#include "solver/require.h"

namespace scorefem::solver {

ForwardOptions ForwardOptions::defaults_for(Problem problem) {
  ForwardOptions options;
  options.problem = problem;
  if (problem == Problem::reaction) {
    options.diffusivity = 4.0;
    options.peak_velocity = 12.0;
  }
  return options;
}

void DiscretisationOptions::validate() const {
  require(degree >= 1 && degree <= 12, "element degree", degree, "from 1 to 12");
  require(cells_per_segment >= 1, "cells per segment", cells_per_segment, "at least 1");
  require(cells_across >= 2, "cells across", cells_across, "at least 2");
  require(std::isfinite(grading) && grading >= 1, "grading", grading, "a finite number of at least 1");
}

void ReactionOptions::validate() const {
  require(std::isfinite(rate) && rate >= 0, "reaction rate", rate, "a finite number of at least 0");
  require(std::isfinite(capacity) && capacity > 0, "reaction capacity", capacity, "a finite number above 0");
  require(std::isfinite(expansion_flux) && expansion_flux >= 0, "expansion flux", expansion_flux,
          "a finite number of at least 0");
}

void ForwardOptions::validate() const {
  require(std::isfinite(diffusivity) && diffusivity > 0, "diffusivity", diffusivity,
          "a finite number above 0");
  require(std::isfinite(peak_velocity) && peak_velocity >= 0, "peak velocity", peak_velocity,
          "a finite number of at least 0");
  require(ranks_per_mesh >= 0, "ranks per mesh", ranks_per_mesh, "at least 0");
  channel.validate();
  discretisation.validate();
  reaction.validate();
}

}  // namespace scorefem::solver
