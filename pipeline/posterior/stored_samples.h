#pragma once

#include <torch/types.h>

#include <cstdint>

#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/study/study.h"

namespace scorefem::posterior {

/// From the network's samples to the unknowns, in the precision that they are stored in.
class StoredSamples {
 public:
  /// @param coordinates that the network learnt the unknowns in
  StoredSamples(const study::Study& study, dataset::NetworkCoordinates coordinates);

  /// @param samples [measurement, sample, unknown] in the network's coordinates
  /// @return the same shape, float32, CPU, contiguous
  torch::Tensor operator()(const torch::Tensor& samples);
  /// Samples that an earlier run drew, and how many of them were outside.
  void add(std::int64_t total, std::int64_t outside);
  /// Samples so far with an unknown outside its bounds.
  std::int64_t outside() const { return outside_; }
  /// Share of the samples so far with an unknown outside its bounds.
  double share_outside() const;

 private:
  float within(double value, Eigen::Index j) const;

  dataset::NetworkCoordinates coordinates_;
  solver::Matrix bounds_;
  std::int64_t outside_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace scorefem::posterior
