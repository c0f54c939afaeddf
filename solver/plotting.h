#pragma once

#include "solver/discretisation.h"
#include "solver/forward_model.h"

namespace scorefem::solver {

/// The concentration on an n_x by n_y grid over the channel, boundaries included.
/// @param solution [n_unknowns]
/// @throws std::invalid_argument if n_x or n_y is below 2.
Field plot(const Discretisation& discretisation, const ChannelOptions& channel, const Vector& solution,
           int n_x, int n_y);

}  // namespace scorefem::solver
