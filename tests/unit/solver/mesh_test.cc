#include "solver/mesh.h"

#include <deal.II/grid/tria.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace scorefem::solver {
namespace {

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(Mesh, EverySegmentBeginsOnACellEdge) {
  for (const int cells_per_segment : {1, 3}) {
    ChannelOptions channel;
    DiscretisationOptions discretisation;
    discretisation.cells_per_segment = cells_per_segment;
    const auto along = cell_widths(channel, discretisation).along;
    EXPECT_NEAR(sum(along), channel.length, 1e-12);
    for (int s = 0; s <= channel.segments_per_wall; ++s)
      EXPECT_NEAR(std::accumulate(along.begin(), along.begin() + s * cells_per_segment, 0.0),
                  s * channel.segment_length(), 1e-12);
    for (const double width : along) EXPECT_LE(width, along.front() * (1 + 1e-12));
  }
}

TEST(Mesh, NothingFollowsSegmentsThatReachTheOutlet) {
  ChannelOptions channel;
  channel.flux_length = channel.length;
  EXPECT_EQ(cell_widths(channel, {}).along.size(), 15u);
}

TEST(Mesh, CellsAreGradedToBothWalls) {
  DiscretisationOptions discretisation;
  discretisation.grading = 5;
  for (const int n : {2, 7, 8}) {
    discretisation.cells_across = n;
    const auto across = cell_widths({}, discretisation).across;
    ASSERT_EQ(across.size(), static_cast<std::size_t>(n));
    EXPECT_NEAR(sum(across), 2.0, 1e-12);
    for (int i = 0; i < n; ++i) EXPECT_DOUBLE_EQ(across[i], across[n - 1 - i]);
    EXPECT_NEAR(across[(n - 1) / 2] / across[0], n > 2 ? 5 : 1, 1e-12);
  }
}

TEST(Mesh, BoundaryIdsNameTheSides) {
  dealii::Triangulation<2> triangulation;
  make_mesh(cell_widths({}, {}), triangulation);
  double length[4] = {};
  for (const auto& face : triangulation.active_face_iterators()) {
    if (!face->at_boundary()) continue;
    const auto center = face->center();
    length[face->boundary_id()] += face->measure();
    switch (Boundary{face->boundary_id()}) {
      case Boundary::inlet:
        EXPECT_NEAR(center[0], 0.0, 1e-12);
        break;
      case Boundary::outlet:
        EXPECT_NEAR(center[0], 8.5, 1e-12);
        break;
      case Boundary::lower_wall:
        EXPECT_NEAR(center[1], 0.0, 1e-12);
        break;
      case Boundary::upper_wall:
        EXPECT_NEAR(center[1], 2.0, 1e-12);
        break;
    }
  }
  EXPECT_NEAR(length[0], 2.0, 1e-12);
  EXPECT_NEAR(length[1], 2.0, 1e-12);
  EXPECT_NEAR(length[2], 8.5, 1e-12);
  EXPECT_NEAR(length[3], 8.5, 1e-12);
}

}  // namespace
}  // namespace scorefem::solver
