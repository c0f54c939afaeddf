#include "pipeline/problem/channel/sensor_positions.h"

#include <string>

namespace scorefem::problem {

std::vector<solver::SensorPosition> SensorOptions::resolved() const {
  if (!positions.empty()) return positions;
  std::vector<solver::SensorPosition> sensors;
  for (const double y : rows) {
    for (int i = 0; i < per_row; ++i) sensors.push_back({first_x + i * spacing, y});
  }
  return sensors;
}

void SensorOptions::describe(configuration::Section& s, const solver::ChannelOptions& channel) {
  s.points("positions", positions, "explicit list; replaces the rows");
  if (positions.empty()) {
    s.number("first_x", first_x, {}, "x of each row's first sensor");
    s.number("spacing", spacing, configuration::positive(), "in x");
    s.integer("per_row", per_row, configuration::between(1, 100000), "sensors in a row");
    s.numbers("rows", rows, {}, "y of each row");
    s.reject_if(rows.empty(), "rows", "at least one row");
  }
  for (const solver::SensorPosition& at : resolved()) {
    const bool outside = at[0] < 0 || at[0] > channel.length || at[1] < 0 || at[1] > channel.height;
    s.reject_if(outside, positions.empty() ? "rows" : "positions",
                "sensors inside the channel; (" + std::to_string(at[0]) + ", " + std::to_string(at[1]) +
                    ") is outside");
  }
}

}  // namespace scorefem::problem
