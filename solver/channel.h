#pragma once

#include <array>
#include <vector>

namespace scorefem::solver {

/// The channel [0, length] x [0, height] and the part of its walls through which the species enters.
/// All lengths share one (arbitrary) unit. Paper, Sec. 6.2.
struct ChannelOptions {
  double length = 8.5;         //!< length in x, > 0
  double height = 2.0;         //!< height in y, > 0
  double flux_length = 7.0;    //!< the flux is zero for x > flux_length, in (0, length]
  int segments_per_wall = 15;  //!< constant-flux segments per wall, >= 1

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
  int n_segments() const { return 2 * segments_per_wall; }
  double segment_length() const { return flux_length / segments_per_wall; }
};

enum class Wall { lower, upper };

/// One piece of wall with constant flux.
struct FluxSegment {
  Wall wall;
  double x_begin;
  double x_end;
  /// Midpoint (x, y).
  std::array<double, 2> midpoint;
};

/// The segments in the order of the inferred vector: lower wall from left to right, then the upper wall.
std::vector<FluxSegment> flux_segments(const ChannelOptions& channel);

/// A sensor's position (x, y) inside the channel.
using SensorPosition = std::array<double, 2>;

/// Throws std::invalid_argument naming the first sensor that is not inside the channel (the boundary counts
/// as inside).
void require_inside(const std::vector<SensorPosition>& sensors, const ChannelOptions& channel);

}  // namespace scorefem::solver
