#pragma once

#include <vector>

#include "pipeline/configuration/config_section.h"
#include "solver/channel.h"

namespace scorefem::problem {

/// Where the concentration is measured. An explicit list of positions replaces the rows.
struct SensorOptions {
  double first_x = 0.5;                           //!< x of each row's first sensor
  double spacing = 0.5;                           //!< distance in x, > 0
  int per_row = 15;                               //!< sensors in a row, >= 1
  std::vector<double> rows = {0.5, 1.5};          //!< y of each row
  std::vector<solver::SensorPosition> positions;  //!< [x, y] of each sensor; empty: use the rows

  /// The positions in the order of the measurement vector: first row from left to right, then the next.
  std::vector<solver::SensorPosition> resolved() const;
  /// The keys of the section `sensors`; sensors outside the channel are refused.
  void describe(configuration::Section& s, const solver::ChannelOptions& channel);
};

}  // namespace scorefem::problem
