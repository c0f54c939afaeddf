#pragma once

#include <vector>

#include "solver/forward_options.h"

namespace dealii {
template <int dim, int spacedim>
class Triangulation;
}

namespace scorefem::solver {

/// Boundary ids of the mesh (those that deal.II gives to a coloured rectangle).
enum class Boundary : unsigned int { inlet = 0, outlet = 1, lower_wall = 2, upper_wall = 3 };

/// Widths of the mesh's cells; each list sums to the channel's length or height.
struct CellWidths {
  std::vector<double>
      along;  //!< from the inlet to the outlet; every flux segment begins and ends on a cell's edge
  std::vector<double> across;  //!< from the lower to the upper wall; narrow at the walls, symmetric
};

CellWidths cell_widths(const ChannelOptions& channel, const DiscretisationOptions& discretisation);

/// Fills an empty triangulation (serial or distributed) with quadrilaterals of these widths; boundary ids as
/// in Boundary.
void make_mesh(const CellWidths& widths, dealii::Triangulation<2, 2>& triangulation);

}  // namespace scorefem::solver
