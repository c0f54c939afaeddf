#pragma once

#include <cmath>
#include <limits>

#include "pipeline/importing/pair_stream.h"

namespace scorefem::importing {

/// Number, mean, spread and extremes of a column's values.
struct ColumnSummary {
  std::int64_t n = 0;
  double mean = 0;
  double squares = 0;  //!< sum of squared deviations from the mean
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
  Place place_of_least, place_of_greatest;

  /// Welford's update (1962); NaN is passed over.
  void add(double value, Place place) {
    if (!std::isfinite(value)) return;
    ++n;
    const double deviation = value - mean;
    mean += deviation / static_cast<double>(n);
    squares += deviation * (value - mean);
    if (value < least) {
      least = value;
      place_of_least = place;
    }
    if (value > greatest) {
      greatest = value;
      place_of_greatest = place;
    }
  }
  double standard_deviation() const { return n > 0 ? std::sqrt(squares / static_cast<double>(n)) : 0; }
};

}  // namespace scorefem::importing
