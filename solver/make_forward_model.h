#pragma once

#include <memory>
#include <vector>

#include "solver/forward_model.h"

namespace scorefem::solver {

/// The forward model that the options ask for, with its factorisation made.
/// Needs an initialised MPI and PETSc (see solver/runtime.h); collective over MPI_COMM_WORLD only for
/// Parallel::domain.
/// @throws std::invalid_argument for options out of range or sensors outside the channel; NotConverged if
/// there is no solution to begin with, the reaction problem's at its expansion flux for example.
std::unique_ptr<ForwardModel> make_forward_model(const ForwardOptions& options,
                                                 const std::vector<SensorPosition>& sensors);

}  // namespace scorefem::solver
