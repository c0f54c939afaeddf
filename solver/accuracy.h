#pragma once

#include <vector>

#include "solver/make_forward_model.h"

namespace scorefem::solver {

/// The same mesh with elements of a degree higher by two; beyond the highest degree, twice as many cells each
/// way.
DiscretisationOptions refined(const DiscretisationOptions& discretisation);

/// Error of the discretisation, measured on a few fluxes: the largest difference of a sample's concentrations
/// between the given and the refined discretisation, over the sample's largest concentration at a sensor.
/// @param flux [n, n_segments]
/// @return [n]; NaN for a sample that could not be solved on both.
/// @throws as make_forward_model() and ForwardModel::observe().
Vector discretisation_error(const ForwardOptions& options, const std::vector<SensorPosition>& sensors,
                            const Matrix& flux);

/// One discretisation of a convergence study.
struct ConvergenceRow {
  DiscretisationOptions discretisation;
  Eigen::Index n_unknowns;
  double setup_seconds;   //!< wall time to assemble and factorise
  double sample_seconds;  //!< wall time per sample thereafter
  double
      error;  //!< as discretisation_error() but against the refined last entry, the largest over the samples
};

/// Cost and error of a list of discretisations, coarsest first.
/// @param flux [n, n_segments], n >= 1
/// @throws std::invalid_argument if the list or the fluxes are empty; as make_forward_model() and
/// ForwardModel::observe().
std::vector<ConvergenceRow> convergence_study(const ForwardOptions& options,
                                              const std::vector<SensorPosition>& sensors, const Matrix& flux,
                                              const std::vector<DiscretisationOptions>& list);

}  // namespace scorefem::solver
