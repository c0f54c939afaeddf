#include "solver/channel.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

#include "solver/require.h"

namespace scorefem::solver {

void ChannelOptions::validate() const {
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  require(positive(length), "channel length", length, "a finite number above 0");
  require(positive(height), "channel height", height, "a finite number above 0");
  require(positive(flux_length) && flux_length <= length, "flux length", flux_length,
          "above 0 and at most the channel's length");
  require(segments_per_wall >= 1, "segments per wall", segments_per_wall, "at least 1");
}

std::vector<FluxSegment> flux_segments(const ChannelOptions& channel) {
  std::vector<FluxSegment> segments;
  for (const Wall wall : {Wall::lower, Wall::upper}) {
    const double y = wall == Wall::lower ? 0.0 : channel.height;
    for (int i = 0; i < channel.segments_per_wall; ++i) {
      const double begin = channel.flux_length * i / channel.segments_per_wall;
      const double end = channel.flux_length * (i + 1) / channel.segments_per_wall;
      segments.push_back({wall, begin, end, {0.5 * (begin + end), y}});
    }
  }
  return segments;
}

void require_inside(const std::vector<SensorPosition>& sensors, const ChannelOptions& channel) {
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const auto [x, y] = sensors[i];
    if (x >= 0 && x <= channel.length && y >= 0 && y <= channel.height) continue;  // false for NaN
    std::ostringstream message;
    message << "sensor " << i + 1 << " at (" << x << ", " << y << ") is outside the channel [0, "
            << channel.length << "] x [0, " << channel.height << "]";
    throw std::invalid_argument(message.str());
  }
}

}  // namespace scorefem::solver
