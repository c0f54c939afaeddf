#pragma once

#include <vector>

#include "solver/forward_model.h"

namespace scorefem::solver {

/// An n_x by n_y grid over the channel, boundaries included; its concentrations are still to be filled in.
/// @throws std::invalid_argument if n_x or n_y is below 2.
Field plotting_grid(const ChannelOptions& channel, int n_x, int n_y);

/// The grid's points [n_y * n_x], row by row as in Field::concentration.
std::vector<SensorPosition> grid_points(const Field& field);

}  // namespace scorefem::solver
