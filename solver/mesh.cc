#include "solver/mesh.h"

#include <deal.II/grid/grid_generator.h>
#include <deal.II/grid/tria.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace scorefem::solver {
namespace {

/// Symmetric geometric progression: the ratio of the widest (middle) to the narrowest (wall) width is the
/// grading.
std::vector<double> graded_widths(double total, int n, double grading) {
  std::vector<double> widths(n, 1.0);
  const int n_levels = (n + 1) / 2;
  if (n_levels > 1)
    for (int i = 0; i < n; ++i)
      widths[i] = std::pow(grading, static_cast<double>(std::min(i, n - 1 - i)) / (n_levels - 1));
  const double sum = std::accumulate(widths.begin(), widths.end(), 0.0);
  for (double& width : widths) width *= total / sum;
  return widths;
}

}  // namespace

CellWidths cell_widths(const ChannelOptions& channel, const DiscretisationOptions& discretisation) {
  CellWidths widths;
  const double width = channel.segment_length() / discretisation.cells_per_segment;
  const auto n_along = static_cast<std::size_t>(channel.segments_per_wall) *
                       static_cast<std::size_t>(discretisation.cells_per_segment);
  widths.along.assign(n_along, width);
  // Behind the segments: cells of equal width, no wider than those before.
  const double rest = channel.length - channel.flux_length;
  const double tolerance = 1e-9;  // of a cell
  const int n_rest = static_cast<int>(std::ceil(rest / width - tolerance));
  if (n_rest > 0) widths.along.insert(widths.along.end(), n_rest, rest / n_rest);
  widths.across = graded_widths(channel.height, discretisation.cells_across, discretisation.grading);
  return widths;
}

void make_mesh(const CellWidths& widths, dealii::Triangulation<2, 2>& triangulation) {
  const double length = std::accumulate(widths.along.begin(), widths.along.end(), 0.0);
  const double height = std::accumulate(widths.across.begin(), widths.across.end(), 0.0);
  dealii::GridGenerator::subdivided_hyper_rectangle(triangulation, {widths.along, widths.across},
                                                    dealii::Point<2>(0, 0), dealii::Point<2>(length, height),
                                                    /*colorize=*/true);
}

}  // namespace scorefem::solver
