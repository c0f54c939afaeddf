#pragma once

#include <cstdint>
#include <string>

#include "solver/matrix.h"

namespace scorefem::dataset {

/// Which sensors are on in each sample: drawn, each on with one probability independently (paper,
/// Sec. 6.2.1), or read from a file.
class SensorMask {
 public:
  /// @param probability of a sensor being on, in (0, 1]
  SensorMask(std::uint64_t seed, double probability, Eigen::Index n_observations);
  /// CSV of 1 (on) and 0 (off), a column for each sensor: one row for all samples, or a row for each, those
  /// of train first, then those of test.
  /// @throws InputError naming file and line for another number of columns or rows, or other values.
  SensorMask(const std::string& path, Eigen::Index n_observations, Eigen::Index n_samples);

  /// @param first row in the sequence of all samples; looks up the file
  /// @param first_index of the samples' random numbers
  /// @return [n, n_observations], 1 on, 0 off
  solver::Matrix draw(Eigen::Index first, std::uint64_t first_index, Eigen::Index n) const;

 private:
  std::uint64_t seed_ = 0;
  double probability_ = 1;
  Eigen::Index n_observations_;
  Eigen::Matrix<unsigned char, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> given_;  // empty: drawn
};

}  // namespace scorefem::dataset
