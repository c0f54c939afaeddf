#include "solver/plotting.h"

#include "solver/require.h"

namespace scorefem::solver {

Field plotting_grid(const ChannelOptions& channel, int n_x, int n_y) {
  require(n_x >= 2, "number of plotting points along x", n_x, "at least 2");
  require(n_y >= 2, "number of plotting points along y", n_y, "at least 2");
  return {Vector::LinSpaced(n_x, 0, channel.length), Vector::LinSpaced(n_y, 0, channel.height),
          Matrix(n_y, n_x)};
}

std::vector<SensorPosition> grid_points(const Field& field) {
  std::vector<SensorPosition> points;
  for (const double y : field.y)
    for (const double x : field.x) points.push_back({x, y});
  return points;
}

}  // namespace scorefem::solver
